"""What can go wrong with a server: each is put around a script by :func:`faulty`, alone or one in another.

Where a fault comes ``after`` so many tokens, it comes before what follows them; 0 is before the first. A reply that
never gets there stays whole. GET requests, such as ready checks, are spared.
"""

from __future__ import annotations

from pytest_fmbench.errors import UsageError
from pytest_fmbench.testing.breaking import Fault, Faulty, Insert, Instead, Sometimes, Trickle
from pytest_fmbench.testing.responses import chunk, refusal
from pytest_fmbench.testing.steps import Close, Pause, Reset, Script, Write

JUNK = b"\xff\x00 garbage \xfe\n\n"


def faulty(script: Script, *faults: Fault) -> Faulty:
    """``script`` with these faults; the last is the outermost."""
    return Faulty(script, faults)


def status(code: int, message: str = "the mock refuses") -> Instead:
    """An HTTP status instead of a reply."""
    return Instead(refusal(code, message))


def throttle(retry_after_s: int = 1) -> Instead:
    """Status 429 with a ``Retry-After``."""
    return Instead(refusal(429, "too many requests", **{"Retry-After": f"{retry_after_s}"}))


def cut(after: int, *, reset: bool = True) -> Insert:
    """The connection breaks after so many tokens: by a reset, or by an end that looks orderly."""
    return Insert(after, (Reset() if reset else Close(),))


def stall(after: int, seconds: float) -> Insert:
    """Nothing comes for so many seconds; what follows is that much later."""
    return Insert(after, (Pause(seconds),))


def garbage(after: int, data: bytes = JUNK, *, framed: bool = True) -> Insert:
    """Bytes that nobody can read: in a sound HTTP chunk, or, not ``framed``, where a chunk should begin."""
    return Insert(after, (Write(chunk(data) if framed else data),))


def trickle(size: int, gap_s: float) -> Trickle:
    """Every write in pieces of ``size`` bytes, ``gap_s`` apart; what follows is that much later.

    :raises UsageError: when a piece would have no byte.
    """
    if size < 1:
        raise UsageError(f"trickle({size!r}): a piece needs a byte at least")
    return Trickle(size, gap_s)


def share(of: float, fault: Fault, seed: int = 0) -> Sometimes:
    """``fault`` for this share of requests, 0 to 1, which draw independently.

    :raises UsageError: for what is no share.
    """
    if not 0 <= of <= 1:
        raise UsageError(f"share({of!r}): give a share of all requests, from 0 to 1")
    return Sometimes(fault, of, 0, seed)


def every(nth: int, fault: Fault) -> Sometimes:
    """``fault`` for the ``nth`` request, the one ``nth`` after it, and so on.

    :raises UsageError: when it is no ordinal.
    """
    if nth < 1:
        raise UsageError(f"every({nth!r}): give a whole number from 1")
    return Sometimes(fault, 0.0, nth, 0)
