"""One figure per file: what it is of, what it `needs`, and `draw`, as `_shown.Plot` says.

`simulator.registry.PLOTS` lists them, `simulator.reporting.figures` draws and saves them.
"""
