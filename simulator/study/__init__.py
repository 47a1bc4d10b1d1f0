"""Studies: run a scenario's cells, keep their results with all it takes to repeat them."""
