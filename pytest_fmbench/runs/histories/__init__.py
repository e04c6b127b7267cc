"""Many sessions, one after the other."""
