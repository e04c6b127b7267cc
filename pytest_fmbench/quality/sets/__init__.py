"""Tasks that come with the project, small enough for a CPU."""
