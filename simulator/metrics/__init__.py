"""Operating characteristics: records of a block -> one number per trial -> an `Estimate`.

Each file declares its metrics (`METRICS`, each a `Metric`) beside the formula, `columns(block)`, which
gives one value per trial under each key; nan marks trials in which a conditional number is not defined.
A new metric is a file, its line in `registry.COLLECTED`, and a row of docs/results.md, which
`python -m tests.docs` writes from the declarations.
"""
