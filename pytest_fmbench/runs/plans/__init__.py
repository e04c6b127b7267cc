"""What a case will take, before anything runs."""
