"""Whether anything paid is left when things go wrong: ``python -m tests.chaos``, docs/reliability.md."""
