"""What is asked: an endless, seeded supply of prompts."""

from __future__ import annotations

from typing import Protocol

from pytest_fmbench.model.prompt import Prompt


class Workload(Protocol):
    """A supply of prompts with random access, so that any number of workers draws the same ones.

    Members are frozen dataclasses: they are sent to the worker process as they are, and their ``repr`` is
    what the records say was asked.
    """

    def prompt(self, index: int, seed: int) -> Prompt:
        """The prompt of request ``index`` (from 0); a pure function of both arguments."""
        ...
