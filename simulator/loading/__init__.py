"""From YAML text to a validated scenario: nodes with lines, paths, merging, structure, cross-checks."""
