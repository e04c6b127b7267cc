"""Pytest hooks and core fixtures."""
