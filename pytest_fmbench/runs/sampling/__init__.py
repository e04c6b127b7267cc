"""What is sampled beside a run: which sources, what objectives need of them, what is told of it."""
