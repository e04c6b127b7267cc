"""GitHub: annotations of a job, which it shows beside the lines of a pull request.

https://docs.github.com/actions/reference/workflow-commands-for-github-actions: lines of the job's output. Of a step it
shows ten of a kind.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from pytest_fmbench.model.comparison import Change

SHOWN = 10
"""Annotations of a kind that GitHub shows of a step."""

_ERROR, _WARNING = "error", "warning"

Summary = Mapping[str, Any]


@dataclass(frozen=True)
class Place:
    """Where a case is written.

    :param file: as the repository has it.
    :param line: from 1; None where nobody knows.
    """

    file: str
    line: int | None


def place_of(location: tuple[str, int | None, str], root: PurePath, workspace: str | None) -> Place:
    """Where pytest found a case.

    :param location: as its report has it: a path below ``root``, and a line that counts from 0.
    :param workspace: where the repository is checked out, as ``$GITHUB_WORKSPACE`` says.
    """
    path, line = root / location[0], location[1]
    if workspace and path.is_relative_to(workspace):
        path = path.relative_to(workspace)
    return Place(path.as_posix(), None if line is None else line + 1)


def commands(
    runs: Mapping[str, Sequence[Summary]], errors: Mapping[str, str], places: Mapping[str, Place]
) -> Iterator[str]:
    """A line for each case that missed something, and one for each that is not decided; what is worse comes first.

    :param runs: by case, those whose ``verdicts`` say something: runs, and qualities.
    :param errors: of the cases that failed by something else, and why.
    :param places: of all of them.
    """
    found = [*_of_errors(errors), *_of_verdicts(runs)]
    for kind in (_ERROR, _WARNING):
        of_kind = [(case, title, lines) for one, case, title, lines in found if one == kind]
        shown = of_kind if len(of_kind) <= SHOWN else of_kind[: SHOWN - 1]
        for case, title, lines in shown:
            yield _command(kind, "\n".join(lines), title, places.get(case))
        if len(shown) < len(of_kind):
            yield _command(kind, f"and {len(of_kind) - len(shown)} more; the summary of the job lists all", "fmbench")


def _of_errors(errors: Mapping[str, str]) -> Iterator[tuple[str, str, str, list[str]]]:
    for case, message in errors.items():
        yield _ERROR, case, case, message.strip().splitlines()[:1] or ["it failed, and did not say why"]


def _of_verdicts(runs: Mapping[str, Sequence[Summary]]) -> Iterator[tuple[str, str, str, list[str]]]:
    for case, summaries in runs.items():
        for one in summaries:
            invalid, open_ = list(one.get("invalid") or ()), _said(one, "inconclusive")
            missed = [*_said(one, "fail"), *_worse(one.get("baseline") or {})]
            if lines := invalid or missed:
                yield _ERROR, case, f"{one['name']}: {'invalid' if invalid else 'missed'}", lines
            if open_ and not invalid:
                yield _WARNING, case, f"{one['name']}: not decided", open_


def _said(summary: Summary, outcome: str) -> list[str]:
    return [f"{one['objective']}: {one['reason']}" for one in summary["verdicts"] if one["outcome"] == outcome]


def _worse(baseline: Summary) -> list[str]:
    """What is worse than the baseline; that nothing could be held against it is an error of the case."""
    worse = [one for one in baseline.get("statistics", ()) if one["change"] == Change.REGRESSION.value]
    return [f"{one['name']} against {baseline['name']}: {one['reason']}" for one in worse]


def _command(kind: str, message: str, title: str, place: Place | None = None) -> str:
    said = {"file": place.file, "line": place.line} if place else {}
    parts = ",".join(f"{name}={_property(str(value))}" for name, value in {**said, "title": title}.items() if value)
    return f"::{kind} {parts}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
