"""Where what outlives sessions is kept."""

from __future__ import annotations

import os
from pathlib import Path

from platformdirs import user_state_path

STATE_VARIABLE = "FMBENCH_STATE"


def state_root() -> Path:
    """The folder that ``$FMBENCH_STATE`` names, else the operating system's place for what programs keep."""
    chosen = os.environ.get(STATE_VARIABLE)
    return Path(chosen).expanduser() if chosen else user_state_path("pytest-fmbench", appauthor=False)
