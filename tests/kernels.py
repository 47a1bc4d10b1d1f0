"""Compile the kernels and say how long that took: `make kernels`, before the workers of pytest play."""

from __future__ import annotations

from functools import partial

from simulator.cli.progress import compiling
from simulator.engines.compiled import jit
from simulator.study.run import prepare
from simulator.study.runner import Listener, compile_engine
from simulator.study.settings import Settings
from tests.helpers import CHECK, loaded


def main() -> None:
    """Play one trial of one cell."""
    if not jit.COMPILING:
        print("kernels: nothing to compile, Numba is turned off or not there")
        return
    prepared = prepare(loaded(CHECK), Settings(engine="compiled"))
    listener = Listener(say=partial(print, flush=True), compiling=compiling)
    seconds = compile_engine(next(iter(prepared.cells.values())), listener)
    print(f"kernels: ready in {seconds:.1f} s")


if __name__ == "__main__":
    main()
