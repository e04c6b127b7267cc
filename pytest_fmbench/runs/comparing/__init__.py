"""Two deployments, or two runs, side by side."""
