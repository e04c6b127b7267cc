"""Whether a session of this machine is alive: as long as its controller holds a lock, which the kernel frees with it.

Of sessions of another machine, or with another state folder, nothing is known here: they seem to be dead.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from filelock import FileLock, Timeout

from pytest_fmbench.errors import StoreError
from pytest_fmbench.spend.files import locked
from pytest_fmbench.store.base import state_root

_OTHERS_LOOK_S = 0.25
"""Others who look hold the lock too, for microseconds; they must not be taken for the session."""


@contextmanager
def holding(session: str) -> Iterator[None]:
    """While it lasts, ``session`` is alive. For its controller, or its only process.

    A child that was forked from it and runs on would keep it alive; a program that it started does not.

    :raises StoreError: when the lock cannot be made, or is held by another.
    """
    lock = _lock_of(session)
    with locked(lock, patience_s=4 * _OTHERS_LOOK_S):
        yield


def is_alive(session: str) -> bool:
    """Whether the controller of ``session`` runs on this machine. Never False while it does.

    :raises StoreError: when that cannot be told.
    """
    lock = _lock_of(session)
    try:
        if not lock.exists():
            return False
        FileLock(lock).acquire(timeout=_OTHERS_LOOK_S, poll_interval=0.01).lock.release()
    except Timeout:
        return True
    except OSError as error:
        raise StoreError(f"cannot tell whether session {session} is alive: {lock}: {error}") from error
    return False


def _lock_of(session: str) -> Path:
    """Its lock. A name that came with a tag of a cloud may hold anything, and becomes no path here."""
    return state_root() / "sessions" / f"{sha256(session.encode('utf-8', 'surrogatepass')).hexdigest()[:32]}.lock"
