"""Workloads of sessions in which people talk with a model. One a file."""
