"""Traces: when requests came to a real service, and how long they and the replies were. One format a file."""
