"""What ``fmbench export`` writes, one kind of reader a file."""
