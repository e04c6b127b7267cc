"""How much memory a model takes, and whether an instance has it. Pure.

Everything is a bound from below: what is found not to fit cannot be served, and what is found to fit by a hair may
still be refused by its server.
"""
