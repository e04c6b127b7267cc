"""One metric per file: its name, unit, direction and formula, and a pure function of stored tables."""
