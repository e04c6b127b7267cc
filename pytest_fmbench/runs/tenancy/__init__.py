"""The life of what costs money: asked for, written down, shared, renewed, released, however a session ends."""
