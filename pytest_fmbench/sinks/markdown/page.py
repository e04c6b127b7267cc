"""The page: its headline and its parts, in order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pytest_fmbench.sinks import fidelity, tariffs
from pytest_fmbench.sinks.markdown import circumstances, deployments, faults, figures
from pytest_fmbench.sinks.markdown.elements import Summary, code, folded, section
from pytest_fmbench.sinks.outcomes import of_cases

_WORDS = {
    "fail": "failed",
    "inconclusive": "inconclusive",
    "invalid": "invalid",
    "error": "with an error",
    "-": "without an SLA",
}


def render(
    summaries: Iterable[Summary],
    session: Mapping[str, Any],
    errors: Sequence[tuple[str, str]] = (),
    capacities: Sequence[Summary] = (),
    qualities: Sequence[Summary] = (),
    *,
    comparisons: Sequence[Summary] = (),
) -> str:
    """The session as Markdown.

    :param summaries: of its runs, as :func:`pytest_fmbench.runs.summary.summarise` makes them.
    :param session: what it was made with, as in ``session.json``; may be empty.
    :param errors: of the cases that failed by anything but their SLA: what ``case`` of a summary says, or would, and
        a message, of which the first line is shown. Such a case has not passed, whatever its verdicts.
    :param capacities: that were searched for, as :func:`pytest_fmbench.runs.capacities.told.told` makes them.
    :param qualities: of answers, as :func:`pytest_fmbench.runs.qualities.told.told` makes them.
    :param comparisons: of deployments that were measured in turns, as ``comparison.json`` has them.
    """
    summaries = list(summaries)
    parts = (
        [_headline(of_cases(summaries, errors, capacities, qualities))],
        list(figures.runs(summaries)),
        section("Tasks", figures.tasks_of(summaries)),
        section("Side by side", deployments.beside(summaries)),
        section("Compared in turns", deployments.in_turns_of(comparisons)),
        section("Capacity", deployments.capacities_of(capacities)),
        section("Quality", deployments.qualities_of(qualities)),
        section("Speed and quality", deployments.together(summaries, qualities)),
        section("Missed or not decided", faults.missed([*summaries, *qualities])),
        section("Baseline", faults.worse(summaries)),
        section("Replays", (f"- {code(line)}" for line in fidelity.listed(summaries))),
        section("Errors", faults.broken(errors)),
        section("Warnings", faults.doubts(summaries)),
        section("Dollars", (f"- {code(line)}" for line in tariffs.lines(summaries))),
        folded("Telemetry", circumstances.sampled(summaries)),
        folded("Machine and versions", circumstances.made_with(session)),
    )
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


def _headline(outcomes: Mapping[str, str]) -> str:
    """How many cases passed, and what became of the others.

    :param outcomes: of each case.
    """
    counts = Counter(outcomes.values())
    others = [f", {counts[outcome]} {word}" for outcome, word in _WORDS.items() if counts[outcome]]
    return f"## fmbench: {counts['pass']} of {len(outcomes)} cases passed{''.join(others)}"
