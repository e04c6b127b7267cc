"""Workloads that are made of rows of real text, one kind of source a file."""
