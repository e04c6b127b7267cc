"""A session as Markdown: ``summary.md``, and what GitHub shows of a job.

Whatever comes from outside (names, limits, messages of servers) stands in code spans, where Markdown has no meaning.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pytest_fmbench.errors import StoreError
from pytest_fmbench.model.readable import cut, plain
from pytest_fmbench.model.units import Unit, show
from pytest_fmbench.sinks import against, capacity, fidelity, joint, quality, side_by_side, tasks, telemetry
from pytest_fmbench.sinks.outcomes import of_cases
from pytest_fmbench.sinks.table import cell_of, columns_of, outcome_of, parts_of, shown_of

Summary = Mapping[str, Any]

_LONGEST, _LONGEST_MESSAGE = 1_000, 300
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
) -> str:
    """The session as Markdown.

    :param summaries: of its runs, as :func:`pytest_fmbench.runs.summary.summarise` makes them.
    :param session: what it was made with, as in ``session.json``; may be empty.
    :param errors: of the cases that failed by anything but their SLA: what ``case`` of a summary says, or would, and
        a message, of which the first line is shown. Such a case has not passed, whatever its verdicts.
    :param capacities: that were searched for, as :func:`pytest_fmbench.runs.capacities.told.told` makes them.
    :param qualities: of answers, as :func:`pytest_fmbench.runs.qualities.told.told` makes them.
    """
    summaries = list(summaries)
    parts = (
        [_headline(summaries, errors, capacities, qualities)],
        _table(summaries),
        _section("Tasks", _tasks(summaries)),
        _section("Side by side", _side_by_side(summaries)),
        _section("Capacity", _capacities(capacities)),
        _section("Quality", _qualities(qualities)),
        _section("Speed and quality", _joint(summaries, qualities)),
        _section("Missed or not decided", _missed([*summaries, *qualities])),
        _section("Baseline", _against(summaries)),
        _section("Replays", (f"- {code(line)}" for line in fidelity.listed(summaries))),
        _section("Errors", (f"- {code(name)}: {code(_first_line(message))}" for name, message in errors)),
        _section("Warnings", (f"- {code(warning)}" for one in summaries for warning in one.get("warnings", ()))),
        _telemetry(summaries),
        _made_with(session),
    )
    return "\n\n".join("\n".join(part) for part in map(list, parts) if part) + "\n"


def write(path: Path, text: str) -> None:
    """Write ``text`` to ``path``, whole or not at all.

    :raises StoreError: when it cannot be written.
    """
    draft = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(text, encoding="utf-8")
        draft.replace(path)
    except OSError as error:
        raise StoreError(f"cannot write {path}: {error}") from error


def append(path: Path, text: str) -> None:
    """Add ``text`` to ``path``, as to the file that ``$GITHUB_STEP_SUMMARY`` names, which a job's steps share.

    :raises StoreError: when it cannot be written.
    """
    try:
        with path.open("a", encoding="utf-8") as file:
            file.write(f"{text}\n")
    except OSError as error:
        raise StoreError(f"cannot write {path}: {error}") from error


def code(text: object) -> str:
    """``text`` as a code span on one line, whatever is in it; of more than anybody reads the begin."""
    line = plain(cut(text, _LONGEST)) or "-"
    fence = "`" * (1 + max(map(len, re.findall("`+", line)), default=0))
    pad = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{fence}{pad}{line}{pad}{fence}"


def _headline(
    summaries: Sequence[Summary],
    errors: Sequence[tuple[str, str]],
    capacities: Sequence[Summary],
    qualities: Sequence[Summary],
) -> str:
    found = of_cases(summaries, errors, capacities, qualities)
    counts = Counter(found.values())
    others = [f", {counts[outcome]} {word}" for outcome, word in _WORDS.items() if counts[outcome]]
    return f"## fmbench: {counts['pass']} of {len(found)} cases passed{''.join(others)}"


def _table(summaries: Sequence[Summary]) -> Iterator[str]:
    if not summaries:
        return
    columns = columns_of(summaries)
    yield _row(["case", "requests", *(title for title, _ in columns), "SLA"])
    yield _row([":---", "---:", *("---:" for _ in columns), ":---"])
    for summary in summaries:
        outcome = " ".join([_marked(outcome_of(summary)), *map(code, summary.get("sla_names", ()))])
        yield _row([code(summary["name"]), str(summary["requests"]), *_figures(summary, columns), outcome])
        for part in parts_of(summary):
            yield _row([code(part["name"]), str(part["requests"]), *_figures(part, columns), ""])


def _figures(summary: Summary, columns: Sequence[tuple[str, str]]) -> Iterator[str]:
    for _, key in columns:
        figure = summary["figures"].get(key)
        yield _figure(figure) if figure and Unit(figure["unit"]) is Unit.SECOND else shown_of(summary, key)


def _tasks(summaries: Sequence[Summary]) -> Iterator[str]:
    if found := tasks.rows(summaries):
        titles = tasks.columns(summaries)
        yield from (_row(titles), _row([":---"] + ["---:"] * (len(titles) - 1)))
        yield from (_row([code(name), *cells]) for name, *cells in found)
    for summary in summaries:
        if turns := tasks.turns(summary):
            yield from (
                "",
                f"{code(summary['name'])} by turn",
                "",
                _row(tasks.TURNS),
                _row(["---:"] * len(tasks.TURNS)),
            )
            yield from map(_row, turns)


def _side_by_side(summaries: Sequence[Summary]) -> Iterator[str]:
    for table in side_by_side.tables(summaries):
        yield _row([table.title, *map(code, table.columns)])
        yield _row([":---", *("---:" for _ in table.columns)])
        yield from (*(_row([code(name), *cells]) for name, *cells in table.rows), "")
    yield from (f"- {code(note)}" for note in side_by_side.notes(summaries))


def _capacities(capacities: Sequence[Summary]) -> Iterator[str]:
    for one in capacities:
        titles, *rows = capacity.table(one)
        yield f"{code(one['name'])}: {code(capacity.headline(one))}"
        yield from ("", _row([*titles[:3], *map(code, titles[3:])]), _row([":---"] * len(titles)))
        yield from (*map(_row, rows), "")
        if one.get("folder"):
            curves = f"{one['folder']}/{capacity.CURVES}"
            yield from (f"Curves: {code(curves)}", "")


def _qualities(qualities: Sequence[Summary]) -> Iterator[str]:
    for one in qualities:
        against = f" against {code(one['baseline'])}" if one["baseline"] else ""
        yield f"{code(one['name'])}, {code(one['deployment'])}{against}: {code(quality.headline(one))}"
        yield from ("", _row(["figure", "value"]), _row([":---", "---:"]))
        yield from (*(_row([code(name), text]) for name, text in quality.figures(one)), "")
        yield from (line for text in quality.judging(one) for line in (f"Judged: {code(text)}", ""))
        yield from (line for text in quality.by_harness(one) for line in (code(text), ""))
        yield from (line for text in quality.asked(one) for line in (f"Asked: {code(text)}", ""))


def _joint(summaries: Sequence[Summary], qualities: Sequence[Summary]) -> Iterator[str]:
    for one in joint.tables(summaries, qualities):
        yield from (code(one.title), "", _row(joint.COLUMNS), _row([":---", *["---:"] * (len(joint.COLUMNS) - 1)]))
        yield from (_row([code(row.deployment), *row.cells]) for row in one.rows)
        yield from ("", *(f"- {code(note)}" for note in one.notes), "")


def _row(cells: Iterable[str]) -> str:
    # a table is cut at pipes before code spans are seen; a backslash before one must not undo its escape
    escaped = (re.sub(r"(\\*)\|", r"\1\1\\|", cell) for cell in cells)
    return f"| {' | '.join(escaped)} |"


def _figure(figure: Summary) -> str:
    """The value; a latency with its interval, in short: ``167 ms [158, 181]``."""
    value = cell_of(figure)
    if Unit(figure["unit"]) is not Unit.SECOND or figure["value"] is None:
        return value
    ends = (_end(figure["low"], -math.inf), _end(figure["high"], math.inf))
    unit = value.partition(" ")[2]
    return f"{value} [{', '.join(end.removesuffix(f' {unit}') for end in ends)}]"


def _end(value: float | None, unbounded: float) -> str:
    return show(unbounded if value is None else value, Unit.SECOND)


def _against(summaries: Sequence[Summary]) -> Iterator[str]:
    for one in summaries:
        if found := against.lines(one):
            yield f"- {code(one['name'])} against {code(one['baseline']['name'])}"
            yield from (f"  - {code(line)}" for line in found)
    if any(one["baseline"]["statistics"] for one in summaries if one.get("baseline")):
        yield from ("", against.BOUNDS)


def _marked(outcome: str) -> str:
    return outcome if outcome in ("pass", "-") else f"**{outcome}**"


def _missed(summaries: Iterable[Summary]) -> Iterator[str]:
    for summary in summaries:
        # of an invalid run only the reason: what its verdicts would have been is worth nothing
        lines = [f"  - **invalid** {code(problem)}" for problem in summary.get("invalid", ())] or [
            f"  - **{verdict['outcome']}** {code(verdict['objective'])}: {code(verdict['reason'])}"
            for verdict in summary["verdicts"]
            if verdict["outcome"] != "pass"
        ]
        if lines:
            yield from (f"- {code(summary['name'])}", *lines)


def _telemetry(summaries: Iterable[Summary]) -> Iterator[str]:
    """Folded away: a table a run."""
    sampled = [one for one in summaries if one.get("telemetry")]
    if not sampled:
        return
    yield from ("<details>", "<summary>Telemetry</summary>", "")
    for one in sampled:
        yield from (code(one["name"]), "")
        if found := telemetry.rows(one):
            yield from (_row(telemetry.COLUMNS), _row([":---", "---:", "---:", "---:"]))
            yield from (*(_row([code(name), *cells]) for name, *cells in found), "")
        yield from (*(f"- {code(note)}" for note in telemetry.notes(one)), "")
    yield "</details>"


def _section(title: str, lines: Iterable[str]) -> list[str]:
    lines = list(lines)
    return [f"### {title}", "", *lines] if lines else []


def _made_with(session: Mapping[str, Any]) -> Iterator[str]:
    groups = {"machine": session.get("machine") or {}, "versions": session.get("versions") or {}}
    lines = [f"- {code(f'{name} {value}')}" for group in groups.values() for name, value in group.items()]
    if not lines:
        return
    begun = f"Begun {code(session['begun'])}, on" if session.get("begun") else "On"
    yield from ("<details>", "<summary>Machine and versions</summary>", "", f"{begun}:", "", *lines, "", "</details>")


def _first_line(message: str) -> str:
    return next(iter(message.strip().splitlines()), "")[:_LONGEST_MESSAGE]
