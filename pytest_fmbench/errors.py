"""Every error that the package raises on purpose.

    FmbenchError
    |-- UsageError                the caller asked for something that cannot be; known before anything runs
    |   |-- UnknownName           a name that no catalog holds; lists the names it does hold
    |   |-- PromptRefused         a prompt that the server does not take, as it is too long
    |   `-- ObjectiveSyntaxError  an SLA objective that cannot be read; points at the character
    |-- EnvironmentFault          what was needed could not be had, or broke; nobody's SLA was missed
    |   |-- FetchError            weights could not be fetched, or are not what they should be
    |   |-- LaunchError           a server did not become ready or died; carries its last log lines
    |   |-- CloudFault            a cloud did not do what it was asked
    |   |   |-- NoCapacity        it has no room there now, or a quota is used up
    |   |   |   `-- OverQuota     that of the region is used up
    |   |   |-- CredentialsFault  the caller may not, or may no more
    |   |   `-- Gone              what was named is not there
    |   |-- TelemetryFault        a source of telemetry is not there, or failed; no run ends by it
    |   `-- WorkerError           the process that generates the load died or misbehaved
    |-- StoreError                records could not be written or read
    |-- InvalidMeasurement        a run was made, but its numbers cannot carry a verdict
    |-- NotComparable             a run was made, but not so that it can be held against its baseline
    |-- NotAllowed                a case needs money, hardware or credentials that it has not been given; it is skipped
    |-- NotMeasured               a budget was spent before the case could be measured
    |-- FailedBefore              an AssertionError too: a case that failed before its session was resumed
    |-- Regressed                 an AssertionError too, so that reports tell it from a fault: worse than its baseline
    `-- SlaMissed                 likewise: an objective is missed
        `-- SlaInconclusive       the data decide neither way
            `-- Inconclusive      nor on which side of a number, which a plain assertion asks for, an estimate lies

Anything else that leaves the package is a bug in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches


class FmbenchError(Exception):
    """Base of every error that the package raises on purpose."""


class UsageError(FmbenchError):
    """The caller asked for something that cannot be. Raised before anything is provisioned or sent."""


_MOST = 40
"""Names that are listed one by one."""


def _folded(known: Sequence[str], name: str) -> Iterable[str]:
    """Of more than anybody reads, those with a dot as ``gpu.*``, but for the family that ``name`` is written as."""
    if len(known) <= _MOST:
        return known
    own = name.partition(".")[0]
    cut = (one.partition(".") for one in known)
    return dict.fromkeys(f"{family}.*" if dot and family != own else family + dot + rest for family, dot, rest in cut)


class UnknownName(UsageError):
    """A name that no catalog holds.

    :param kind: what was looked up, such as ``"metric"``.
    :param name: the name as the caller wrote it.
    :param known: the names that would have worked; of many, families such as ``gpu.*`` are listed as one.
    :param beside: what else would have worked, in words.
    """

    def __init__(self, kind: str, name: str, known: Iterable[str], beside: str = "") -> None:
        self.kind, self.name, self.known, self.beside = kind, name, sorted(known), beside
        close = get_close_matches(name, self.known, n=1)
        hint = f", did you mean {close[0]!r}?" if close else "."
        listed = ", ".join(_folded(self.known, name)) or "none"
        others = f"; {beside}" if beside else ""
        super().__init__(f"unknown {kind} {name!r}{hint} Known: {listed}{others}")

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.kind, self.name, self.known, self.beside)


class PromptRefused(UsageError):
    """A prompt that the server does not take, mostly because it is longer than the model's context."""


class ObjectiveSyntaxError(UsageError):
    """An SLA objective that cannot be read.

    :param text: the whole objective.
    :param position: index of the first character that does not fit.
    :param problem: what is wrong there and what would fit.
    """

    def __init__(self, text: str, position: int, problem: str) -> None:
        self.text, self.position, self.problem = text, position, problem
        shown = re.sub(r"\s", " ", text)
        super().__init__(f"{problem}\n    {shown}\n    {' ' * position}^")

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.text, self.position, self.problem)


class EnvironmentFault(FmbenchError):
    """What a case needs could not be had, or broke on the way. Says nothing about an SLA."""


class FetchError(EnvironmentFault):
    """Weights could not be fetched, or are not the file that was pinned, or no whole one."""


class LaunchError(EnvironmentFault):
    """A server that we started did not become ready, or died.

    :param problem: what happened.
    :param log_tail: the last lines that the server wrote, oldest first.
    """

    def __init__(self, problem: str, log_tail: Sequence[str] = ()) -> None:
        self.problem, self.log_tail = problem, tuple(log_tail)
        shown = "\n".join(f"    | {line}" for line in self.log_tail) or "    | (it wrote nothing)"
        super().__init__(f"{problem}\n  last lines of the server's log:\n{shown}")

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.problem, self.log_tail)


class CloudFault(EnvironmentFault):
    """A cloud did not do what it was asked, or its answer did not come."""


class NoCapacity(CloudFault):
    """What was asked for cannot be had in that place now: there is no room, or a quota is used up."""


class OverQuota(NoCapacity):
    """A quota is used up: there is no use in another zone of that region."""


class CredentialsFault(CloudFault):
    """The caller's credentials do not allow a call, or do so no more."""


class Gone(CloudFault):
    """What was named is not there, or not any more."""


class TelemetryFault(EnvironmentFault):
    """A source of telemetry is not there, or a sample of it failed. It is told, and ends no run."""


class WorkerError(EnvironmentFault):
    """The process that generates the load died, or said something that cannot be understood."""


class StoreError(FmbenchError):
    """Records could not be written, or a file of records cannot be read."""


class InvalidMeasurement(FmbenchError):
    """A run was made, but its numbers cannot carry a verdict."""


class NotComparable(FmbenchError):
    """A run was made under other conditions than its baseline, or our own error could pass for a difference."""


class NotAllowed(FmbenchError):
    """A case needs money, hardware or credentials that it has not been given. Says what would allow it."""


class NotMeasured(FmbenchError):
    """A budget was spent before the case could be measured."""


class FailedBefore(FmbenchError, AssertionError):
    """A case had failed when its session broke off, and is not measured again. Says how."""


class Regressed(FmbenchError, AssertionError):
    """At least one statistic is worse than the stored baseline's, at the stated risk."""


class SlaMissed(FmbenchError, AssertionError):
    """At least one objective is missed at the stated confidence."""


class SlaInconclusive(SlaMissed):
    """No objective is missed, but at least one is not decided by the data either."""


class Inconclusive(SlaInconclusive):
    """The data do not tell on which side of a number an estimate lies.

    :param problem: what was asked.
    :param estimate: what is known.
    :param number: what it was compared with.
    :ivar advice: what would tell, if that is known.
    """

    def __init__(self, problem: str, estimate: float, number: float) -> None:
        super().__init__(problem)
        self.problem, self.estimate, self.number, self.advice = problem, estimate, number, ""

    def __str__(self) -> str:
        return f"{self.problem}; {self.advice}" if self.advice else self.problem

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.problem, self.estimate, self.number), {"advice": self.advice}
