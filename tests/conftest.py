"""What all tests share."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("unhurried", deadline=None)  # how fast a machine is today is no property of the code
settings.load_profile("unhurried")
