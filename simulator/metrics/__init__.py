"""Operating characteristics: records of a block -> one number per trial -> an `Estimate`.

Each file has a `columns(block)` that returns its keys with one value per trial; nan marks trials in
which a conditional number is not defined. `COLLECTED` lists them; keys are documented in
docs/results.md.
"""
