"""Compile the kernels and say how long that took: `make kernels`, before the workers of pytest play."""

from __future__ import annotations

from simulator.engines.compiled import jit
from simulator.study.run import prepare
from simulator.study.runner import compile_engine
from simulator.study.settings import Settings
from tests.helpers import CHECK, loaded


def main() -> None:
    """Play one trial of one cell."""
    if not jit.COMPILING:
        print("kernels: nothing to compile, Numba is turned off or not there")
        return
    prepared = prepare(loaded(CHECK), Settings())
    seconds = compile_engine(next(iter(prepared.cells.values())), say=print)
    print(f"kernels: ready in {seconds:.1f} s")


if __name__ == "__main__":
    main()
