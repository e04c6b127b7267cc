"""What a command of ``fmbench`` is."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Command:
    """One command.

    :param name: as it is typed.
    :param help: what it does, in a line.
    :param arguments: declares what it takes.
    :param run: does it; returns the exit code, and raises FmbenchError for what ends in exit code 2.
    """

    name: str
    help: str
    arguments: Callable[[ArgumentParser], None]
    run: Callable[[Namespace], int]
