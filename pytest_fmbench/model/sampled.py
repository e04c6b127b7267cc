"""What was sampled beside a run, on the clock of its requests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Cost:
    """What sampling a source took.

    :param family: of its words, as ``gpu``.
    :param samples: how many there are.
    :param gaps: how many failed.
    :param cpu_ns: of our own thread, for all of them; what a source has others do is not in it.
    :param wall_ns: likewise, waiting included.
    :param fault: why the last one failed; empty where none did.
    """

    family: str
    samples: int = 0
    gaps: int = 0
    cpu_ns: int = 0
    wall_ns: int = 0
    fault: str = ""


@dataclass(frozen=True)
class Telemetry:
    """All samples of a run, warm-up and drain included.

    :param rows: one a value, in order of time; see :data:`pytest_fmbench.store.telemetry.SCHEMA`.
    :param costs: of each source, by its name.
    :param absent: why each other source was not there.
    """

    rows: pa.Table
    costs: Mapping[str, Cost] = field(default_factory=dict)
    absent: Mapping[str, str] = field(default_factory=dict)


def joined(parts: Sequence[Telemetry]) -> Telemetry | None:
    """That of several rounds, in order; None where there is none."""
    if not parts:
        return None
    import pyarrow as pa

    costs: dict[str, Cost] = {}
    for name, one in ((name, one) for part in parts for name, one in part.costs.items()):
        so_far = costs.get(name, Cost(one.family))
        costs[name] = Cost(
            one.family,
            so_far.samples + one.samples,
            so_far.gaps + one.gaps,
            so_far.cpu_ns + one.cpu_ns,
            so_far.wall_ns + one.wall_ns,
            one.fault or so_far.fault,
        )
    absent = {name: why for part in parts for name, why in part.absent.items()}
    return Telemetry(pa.concat_tables([part.rows for part in parts]).combine_chunks(), costs, absent)
