"""Benchmarks of foundation-model serving, written as pytest cases."""
