"""Sessions that others are held against."""
