"""The processes of one run, and who leads them."""
