"""Sources of telemetry that tell what a test says, by the names of a registry."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import ClassVar

from pytest_fmbench.errors import TelemetryFault
from pytest_fmbench.model.registry import Registry
from pytest_fmbench.telemetry.base import Reading, Source, Subject


class FakeGpus:
    """300 W, until a test says otherwise."""

    family = "gpu"
    words: Collection[str] = ("power",)
    readings: ClassVar[Callable[[], Sequence[Reading]]] = staticmethod(lambda: [Reading("power", 300.0, "0")])
    closed: ClassVar[int] = 0
    subjects: ClassVar[list[Subject]] = []

    def __init__(self, subject: Subject) -> None:
        self.subjects.append(subject)

    def sample(self) -> Sequence[Reading]:
        return type(self).readings()

    def close(self) -> None:
        type(self).closed += 1


class Absent:
    """Never there."""

    def __init__(self, _: Subject) -> None:
        raise TelemetryFault("it is never there")


class Broken:
    """Its driver raises what it happens to raise."""

    def __init__(self, _: Subject) -> None:
        raise OSError("no such library")


FAKES: Registry[Callable[[Subject], Source]] = Registry(
    "source", {"fake": f"{__name__}:FakeGpus", "absent": f"{__name__}:Absent", "broken": f"{__name__}:Broken"}
)
