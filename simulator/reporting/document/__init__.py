"""The report of a scenario: one document of pieces, set as HTML, Word, Markdown and CSV."""
