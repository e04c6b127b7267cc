"""A recommendation from what sessions measured: reading them, what they cost, whether they can be held together."""
