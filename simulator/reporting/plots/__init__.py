"""One figure per file: `draw(...)` returns a Figure; `simulator.reporting.figures` saves them."""
