"""Frozen dataclasses that every room shares, one concept a file. Imports nothing of the package but errors."""
