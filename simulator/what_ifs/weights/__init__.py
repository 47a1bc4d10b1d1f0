"""Cells answered from trials of others, weighed by how likely they are (docs/likelihood.md)."""
