"""The nouns of a trial: frozen dataclasses whose fields are the keys of a scenario file.

`loading` validates a file into these classes; `program` lowers them; nothing here computes.
"""
