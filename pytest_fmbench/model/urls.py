"""What tells a URL from a folder."""

from __future__ import annotations

import re

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*(::[A-Za-z][A-Za-z0-9+.-]*)*://")


def is_url(place: str) -> bool:
    """Whether ``place`` is a URL rather than a folder."""
    return bool(_URL.match(place))
