"""SLAs in a file of their own, for those who set limits and do not write cases: ``--fmbench-sla FILE.toml``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import msgspec

from pytest_fmbench.errors import UsageError
from pytest_fmbench.sla.grammar import Vocabulary, parse

_EXAMPLE = '[interactive]\ncases = ["test_chat*"]\nobjectives = ["ttft.p95 < 500ms", "error_rate <= 0%"]'


class Promised(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What some cases promise, instead of what their markers say.

    :param objectives: as text.
    :param cases: patterns, of which one has to fit: ``*`` is any text, ``?`` a character, and all else is itself.
    :param name: of the SLA.
    """

    objectives: tuple[str, ...]
    cases: tuple[str, ...] = ("*",)
    name: str = ""

    def is_about(self, names: Sequence[str]) -> bool:
        """Whether a case is among them.

        :param names: all by which it is known: without its parameters, with them, and its node id.
        """
        patterns = (re.escape(one).replace(r"\*", ".*").replace(r"\?", ".") for one in self.cases)
        return any(re.fullmatch(pattern, name, re.DOTALL) for pattern in patterns for name in names)


def read_promises(path: Path, metrics: Vocabulary) -> tuple[Promised, ...]:
    """The SLAs of a file of TOML, each a table by its name.

    :param metrics: that may be promised.
    :raises UsageError: when it cannot be read, holds none, or what is no objective, naming the file and the table.
    """
    option = f"--fmbench-sla {path}"
    try:
        tables = msgspec.toml.decode(path.read_bytes(), type=dict[str, Promised])
    except (OSError, ValueError) as error:  # msgspec's and tomllib's errors are ValueErrors
        reason = error.strerror if isinstance(error, OSError) else error
        raise UsageError(f"{option}: {reason}; it holds tables such as\n{_EXAMPLE}") from error
    if not tables:
        raise UsageError(f"{option}: there is no SLA in it; it holds tables such as\n{_EXAMPLE}")
    for name, table in tables.items():
        if not table.objectives or not table.cases:
            raise UsageError(f"{option}: [{name}] needs one of each at least: objectives, and cases, unless left out")
        try:
            [parse(text, metrics) for text in table.objectives]
        except UsageError as error:
            raise UsageError(f"{option}: [{name}]: {error}") from None
    return tuple(msgspec.structs.replace(table, name=name) for name, table in tables.items())
