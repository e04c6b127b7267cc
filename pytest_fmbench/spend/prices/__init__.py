"""What instances and tokens cost: who says so, and when."""
