"""Instances of EC2: launched for a deployment, and gone with it, whatever happens to us."""
