"""The compiled engine: the same trials as `reference`, played by Numba kernels, record for record."""
