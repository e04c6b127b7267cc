"""Objects through a pipe, between a mock server's process and its parent."""

from __future__ import annotations

import pickle
from typing import Any, BinaryIO


def send(pipe: BinaryIO, message: object) -> None:
    """Write one object."""
    parcel = pickle.dumps(message)
    pipe.write(len(parcel).to_bytes(8, "big") + parcel)
    pipe.flush()


def receive(pipe: BinaryIO) -> Any:  # noqa: ANN401  # whatever was sent
    """Read one object.

    :raises EOFError: when the other side is gone.
    """
    size = int.from_bytes(pipe.read(8), "big")
    return pickle.loads(pipe.read(size))  # noqa: S301  # through a pipe between a process and its parent
