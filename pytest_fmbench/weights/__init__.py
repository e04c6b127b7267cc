"""Model weights on this machine: which files are pinned, and fetching each of them once into the user's cache."""
