"""What all tests share."""

from __future__ import annotations

import os

from hypothesis import settings

from tests.support.aws.fixture import cloud  # noqa: F401  # a fixture is found by its name

# how fast a machine is today is no property of the code; a change is judged by the same examples each time, while
# whoever works on it tries new ones
settings.register_profile("unhurried", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("unhurried")
