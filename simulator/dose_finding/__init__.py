"""Dose-finding designs: pure functions from counts to the next dose, one per file."""
