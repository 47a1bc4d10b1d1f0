"""The one door to Numba: `kernel` compiles a function, or leaves it in plain Python without Numba.

Rules for whoever writes a kernel, each from Numba's or NumPy's arithmetic:

- 64-bit words are made by `word` and meet only words: a uint64 and an int64 added are an int64, and as the
  two branches or the loop value of one variable they are a float64, silently, with the low bits lost.
- Constants of a kernel are module globals, frozen when it is compiled; what may vary is an argument.
- Without Numba kernels get lists, not arrays, whose elements would be np.float64, which warns and goes on
  where a float raises; a kernel that may get arrays there too reads elements through `float(...)`.
- `True`, `False` and plain numbers as arguments are types of their own: each compiles the kernel once more.
- `math.log`, never `np.log`; `x * x`, never `x ** 2`; no `fastmath`: they differ in the last bit.
- `math.floor` gives an int64, so it is only for what is below 2**63; `math.log(0.0)` is -inf and does not
  raise; an index beyond an array reads or writes what lies there (NUMBA_BOUNDSCHECK=1 finds it).
"""

from __future__ import annotations

import math
import platform
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache as once
from functools import partial
from importlib import import_module
from pathlib import Path
from pickle import PickleError
from typing import Any, TypeVar, cast

import numpy as np

from simulator.engines.compiled import cache

numba: Any = None
WHY_NOT = ""  # why Numba is not there, in its own words
try:
    numba = import_module("numba")
    import_module("numba.extending")
except (ImportError, OSError) as problem:  # not installed, or not for this Python or NumPy
    WHY_NOT = str(problem)

__all__ = [
    "AVAILABLE",
    "COMPILING",
    "FOLDER",
    "WHY_NOT",
    "WHY_TEMPORARY",
    "floor",
    "kernel",
    "unchecked",
    "warm",
    "watched",
    "word",
]

Function = TypeVar("Function", bound=Callable[..., Any])

AVAILABLE: bool = numba is not None  # Numba can be used
COMPILING: bool = AVAILABLE and not numba.config.DISABLE_JIT  # it is: NUMBA_DISABLE_JIT=1 turns it off
MAX_WORD = 2**64 - 1  # the largest 64-bit word
WHOLE = 2.0**53  # from here on every double is a whole number


def _open_cache() -> cache.Opened:
    """This source state's folder, with those nobody uses any more cleared away."""
    from llvmlite import binding

    parent = cache.user_folder()
    versions = (numba.__version__, np.__version__, binding.get_host_cpu_name(), platform.system())
    opened = cache.open_folder(parent, cache.fingerprint(Path(__file__).parent, versions))
    if not opened.why_not:
        cache.prune(parent, opened.folder)
    return opened


# Of compiled code, None when it is not kept; and why it is kept for this process only, "" if it is kept.
FOLDER, WHY_TEMPORARY = _open_cache() if COMPILING else cache.Opened(None)
_kernels: list[Any] = []  # all there are, compiled or not


def kernel(function: Function) -> Function:
    """`function` compiled at its first call and kept for later processes; itself without Numba.

    Compiled code releases the interpreter lock, has Python's errors (a division by zero raises; this
    costs nothing measurable) and no `fastmath`.  It is kept in FOLDER, whatever NUMBA_CACHE_DIR says, under
    the function's module and line: checkouts with the same sources share it, wherever they lie.
    """
    if not COMPILING:
        return function
    compiled = numba.njit(nogil=True, error_model="python")(function)
    if FOLDER is not None:
        compiled._cache = _keeper()(function)
    _kernels.append(compiled)
    return cast(Function, compiled)


class _Place:
    """Where the code of kernels is kept and how long it is valid, as Numba asks for it."""

    def ensure_cache_path(self) -> None:
        """The folder was opened, and is there."""

    def get_cache_path(self) -> str:
        """One folder for all."""
        return str(FOLDER)

    def get_source_stamp(self) -> str:
        """The folder is of these sources only: code in it is never stale."""
        return ""


@once
def _keeper() -> Any:
    """Numba's cache of compiled functions, but in FOLDER, by module and line instead of path and date."""
    caching = import_module("numba.core.caching")

    class Named(caching.CompileResultCacheImpl):  # type: ignore[misc, name-defined]
        def __init__(self, function: Callable[..., Any]) -> None:
            self.name = _name(function)

        locator = _Place()
        filename_base = property(lambda self: self.name)

    class Keeper(caching.FunctionCache):  # type: ignore[misc, name-defined]
        _impl_class = Named
        # A full disk or a damaged file only costs time: Numba's own hook for that, which it uses on Windows.
        _guard_against_spurious_io_errors = staticmethod(partial(suppress, OSError, EOFError, PickleError))

    return Keeper


def _name(function: Callable[..., Any]) -> str:
    """Of a function's files in FOLDER: `simulator.engines.compiled.philox.draw-40`."""
    plain = function.__qualname__.replace("<", "").replace(">", "")
    return f"{function.__module__}.{plain}-{function.__code__.co_firstlineno}"


def warm(*kernels: Callable[..., Any]) -> bool:
    """Whether these kernels can be played without compiling first.

    True when their code is kept from an earlier call, when this process has compiled them, or when nothing is
    compiled at all.  It does not look at the types of arguments: one signature is enough.
    """
    return not COMPILING or all(_has_code(each) for each in kernels)


def _has_code(compiled: Any) -> bool:
    kept = FOLDER is not None and any(FOLDER.glob(f"{_name(compiled.py_func)}.*.nbc"))
    return kept or bool(compiled.signatures)


@contextmanager
def watched(told: Callable[[str, int, int], None]) -> Iterator[None]:
    """Tells of every kernel that has been compiled: (its name, how many so far, how many there are)."""
    if not COMPILING:
        yield
        return
    event = import_module("numba.core.event")
    numbers = {id(compiled): compiled for compiled in _kernels}
    done: set[int] = set()

    class Ended(event.Listener):  # type: ignore[misc, name-defined]
        def on_start(self, event: Any) -> None:
            """Its callees come first."""

        def on_end(self, event: Any) -> None:
            compiled = numbers.get(id(event.data["dispatcher"]))
            if compiled is not None and id(compiled) not in done:
                done.add(id(compiled))
                told(compiled.py_func.__name__, len(done), len(numbers))

    with event.install_listener("numba:compile", Ended()):
        yield


def _pointers() -> Callable[[Any], Any]:
    """`unchecked` in compiled code."""
    if numba.config.BOUNDSCHECK:
        return kernel(lambda array: array)

    def typed(_: object, array: Any) -> Any:
        def first(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            return context.make_array(signature.args[0])(context, builder, arguments[0]).data

        return numba.types.CPointer(array.dtype)(array), first

    return cast(Callable[[Any], Any], numba.extending.intrinsic(typed))


def _itself(array: Any) -> Any:
    return array


# In compiled code the bare places of an array: one address, where an array is seven numbers in every call and
# its references are counted.  Not so with NUMBA_BOUNDSCHECK, which can check arrays only.
unchecked: Callable[[Any], Any] = _pointers() if COMPILING else _itself


def _plain_word(value: int) -> int:
    return int(value) & MAX_WORD


def _plain_floor(value: float) -> float:
    return float(math.floor(value)) if -WHOLE < value < WHOLE else value


# A whole number as a 64-bit word; in a kernel modulo 2**64, so -1 is 2**64 - 1.  In compiled code it is a
# uint64, whose arithmetic wraps; without, a plain int, so every sum and product is cut by `& MASK`.
word: Callable[[int], int] = np.uint64 if COMPILING else _plain_word  # type: ignore[assignment]

# The whole number at or below, as a float, infinity and NaN as they are: without the detour over an integer.
floor: Callable[[float], float] = np.floor if COMPILING else _plain_floor
