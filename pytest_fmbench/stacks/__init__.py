"""Serving software: how each server is started, and what it can be told. One a file."""
