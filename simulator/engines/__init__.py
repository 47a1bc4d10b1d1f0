"""Engines play a Program: `reference` on SimPy; each leaves the same records."""
