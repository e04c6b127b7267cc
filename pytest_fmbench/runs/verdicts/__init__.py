"""What a run is worth: verdicts, its own error, and whether it was steady."""
