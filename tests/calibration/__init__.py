"""How often the intervals hold the truth where requests queue: ``python -m tests.calibration``."""
