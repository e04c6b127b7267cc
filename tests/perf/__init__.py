"""How true and how cheap the load generator is, against servers that know: ``python -m tests.perf``."""
