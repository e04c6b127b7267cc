"""Loads and SLAs that others have published, ready to be used. One publisher a file."""
