"""What to ask: supplies of prompts, seeded and with random access. One a file."""
