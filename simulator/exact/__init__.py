"""Exact operating characteristics of a Program, or the reason why there are none."""
