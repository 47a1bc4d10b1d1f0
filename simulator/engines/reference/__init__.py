"""The readable meaning of a protocol: patients, monitors and accrual as SimPy processes."""
