"""What computes: accelerators, the instances that have them, and which precisions each can compute. Pure."""
