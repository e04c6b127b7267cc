"""What stands in a lease file: JSON, with the version of its form."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from pytest_fmbench.errors import StoreError
from pytest_fmbench.model.lease import Lease

VERSION = 1
SUFFIX = ".json"


class _Envelope(msgspec.Struct):
    version: int
    lease: msgspec.Raw


def encoded(lease: Lease) -> bytes:
    """What stands in the file of ``lease``.

    :raises StoreError: for what no file can hold.
    """
    try:
        inside = msgspec.json.encode(lease)
    except (TypeError, UnicodeEncodeError) as error:
        raise StoreError(f"cannot write the lease {lease.name}: {error}") from error
    content = msgspec.json.format(msgspec.json.encode(_Envelope(VERSION, msgspec.Raw(inside)))) + b"\n"
    if decoded(content) != lease:  # such as an end that is not finite, which JSON has no word for
        raise StoreError(f"cannot write the lease {lease.name}: it would not be the same when it is read: {lease}")
    return content


def decoded(content: bytes) -> Lease | str:
    """The lease that :func:`encoded` made ``content`` of, or why it cannot be read."""
    try:
        envelope = msgspec.json.decode(content, type=_Envelope)
        if envelope.version != VERSION:
            return f"it has version {envelope.version} of its form, and this release reads {VERSION}"
        return msgspec.json.decode(envelope.lease, type=Lease)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return f"it holds no lease: {error}"


def read_lease(path: Path) -> Lease | str | None:
    """The lease in a file, or why it cannot be read; None where there is no such file."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        return str(error)
    read = decoded(content)
    if isinstance(read, Lease) and read.name != path.stem:
        return f"it holds the lease {read.name}"
    return read


def lease_files(folder: Path) -> Iterator[tuple[Path, Lease | str]]:
    """The files in ``folder``, each with its lease or why it cannot be read; not those that go while we look.

    :raises StoreError: when the folder cannot be read.
    """
    try:
        paths = sorted(path for path in folder.iterdir() if path.suffix == SUFFIX)
    except FileNotFoundError:
        return
    except OSError as error:
        raise StoreError(f"cannot read {folder}: {error}") from error
    for path in paths:
        read = read_lease(path)
        if read is not None:
            yield path, read
