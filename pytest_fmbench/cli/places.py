"""Where a session lies: in a folder, or behind a URL."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pytest_fmbench.model.urls import is_url
from pytest_fmbench.store.remote import Remote


@contextmanager
def at_hand(place: str) -> Iterator[Path]:
    """The folder ``place``, or a copy of the session behind a URL while it is used.

    :raises UsageError: for a URL that nothing can read.
    :raises StoreError: where it cannot be copied.
    """
    if not is_url(place):
        yield Path(place)
        return
    with tempfile.TemporaryDirectory(prefix="fmbench-") as folder:
        yield Remote(place).fetch_newest(Path(folder))


def called(place: str, folder: Path) -> str:
    """What people know ``folder`` by, which :func:`at_hand` gave for ``place``: where it is not a copy, its path."""
    if not is_url(place):
        return str(folder)
    url = place.rstrip("/")
    return url if url.endswith(f"/{folder.name}") else f"{url}/{folder.name}"
