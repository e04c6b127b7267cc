"""What tests build their worlds with."""
