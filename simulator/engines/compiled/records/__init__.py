"""What lies in the kernels' memory, record by record; `trial.Trial` stands at its head."""
