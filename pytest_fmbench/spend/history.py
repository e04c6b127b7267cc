"""Leases that are closed, a line each, so that what was spent can be told afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import msgspec

from pytest_fmbench.errors import StoreError
from pytest_fmbench.model.lease import Lease
from pytest_fmbench.spend.files import append_durably

SECONDS_PER_HOUR = 3600.0
_NAME = "history.jsonl"


@dataclass(frozen=True)
class Closed:
    """A lease of which nothing is left.

    :param place: where its resources were.
    :param begun_s: when it was written, in seconds since the epoch.
    :param ended_s: when nothing of it was left; never before it began, whatever the clock said.
    :param usd: what it cost, as its price and these times tell; None where nobody knew a price.
    """

    name: str
    platform: str
    deployment: str
    session: str
    owner: str
    place: Mapping[str, str]
    begun_s: float
    ended_s: float
    usd_per_hour: float | None
    usd: float | None


class Read(NamedTuple):
    """What a history holds; and why some of its lines cannot be read."""

    closed: tuple[Closed, ...]
    unreadable: tuple[str, ...]


def history_path(folder: Path) -> Path:
    """Where the history of the leases in ``folder`` lies."""
    return folder / _NAME


def add_closed(folder: Path, lease: Lease, ended_s: float) -> None:
    """Say that ``lease`` is closed.

    :raises StoreError: when it cannot be written.
    """
    ended_s = max(lease.made_s, ended_s)
    rate = lease.usd_per_hour
    closed = Closed(
        name=lease.name,
        platform=lease.platform,
        deployment=lease.deployment,
        session=lease.session,
        owner=lease.owner,
        place=lease.place,
        begun_s=lease.made_s,
        ended_s=ended_s,
        usd_per_hour=rate,
        usd=None if rate is None else rate * (ended_s - lease.made_s) / SECONDS_PER_HOUR,
    )
    append_durably(history_path(folder), msgspec.json.encode(closed))


def read_history(folder: Path) -> Read:
    """The history of the leases in ``folder``; of a lease that was closed twice, since a crash came between, once.

    :raises StoreError: when it cannot be read.
    """
    try:
        lines = history_path(folder).read_bytes().splitlines()
    except FileNotFoundError:
        return Read((), ())
    except OSError as error:
        raise StoreError(f"cannot read {history_path(folder)}: {error}") from error
    closed: dict[str, Closed] = {}
    unreadable = []
    for nth, line in enumerate(lines, 1):
        one = _closed(line)
        if isinstance(one, Closed):
            closed.setdefault(one.name, one)
        else:
            unreadable.append(f"line {nth} holds no closed lease: {one}")
    return Read((*closed.values(),), (*unreadable,))


def _closed(line: bytes) -> Closed | str:
    """What a line says, or why it cannot be read."""
    try:
        return msgspec.json.decode(line, type=Closed)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return str(error)
