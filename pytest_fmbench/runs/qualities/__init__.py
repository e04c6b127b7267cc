"""How good answers are: a task's items asked once each, marked, summed up, held against a baseline's, and judged."""
