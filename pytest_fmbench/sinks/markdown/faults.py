"""What somebody should look at: what was missed, what is worse than before, what broke, what to doubt."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from pytest_fmbench.sinks import against
from pytest_fmbench.sinks.markdown.elements import Summary, code

_LONGEST_MESSAGE = 300


def missed(summaries: Iterable[Summary]) -> Iterator[str]:
    """Every objective that did not pass, and why."""
    for summary in summaries:
        # of an invalid run only the reason: what its verdicts would have been is worth nothing
        lines = [f"  - **invalid** {code(problem)}" for problem in summary.get("invalid", ())] or [
            f"  - **{verdict['outcome']}** {code(verdict['objective'])}: {code(verdict['reason'])}"
            for verdict in summary["verdicts"]
            if verdict["outcome"] != "pass"
        ]
        if lines:
            yield from (f"- {code(summary['name'])}", *lines)


def worse(summaries: Sequence[Summary]) -> Iterator[str]:
    """What a stored baseline says of each run."""
    for one in summaries:
        if found := against.lines(one):
            yield f"- {code(one['name'])} against {code(one['baseline']['name'])}"
            yield from (f"  - {code(line)}" for line in found)
    if any(one["baseline"]["statistics"] for one in summaries if one.get("baseline")):
        yield from ("", against.BOUNDS)


def broken(errors: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Cases that failed by anything but their SLA, and the first line of why."""
    yield from (f"- {code(name)}: {code(_first_line(message))}" for name, message in errors)


def doubts(summaries: Iterable[Summary]) -> Iterator[str]:
    """All warnings."""
    yield from (f"- {code(warning)}" for one in summaries for warning in one.get("warnings", ()))


def _first_line(message: str) -> str:
    return next(iter(message.strip().splitlines()), "")[:_LONGEST_MESSAGE]
