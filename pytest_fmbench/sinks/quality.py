"""Qualities as lines for people: each figure with its interval, and what the SLA says of it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from pytest_fmbench.model.units import Unit, show

Plain = Mapping[str, Any]

_ALWAYS = ("score", "wrong", "abstained", "unparsable", "failed", "unread")
_FIRST = ("score", "judged", "win_rate")
"""Of which one is what a quality is about; of answers that no scorer marks, that of their judges."""


def first_of(quality: Plain) -> str:
    """The figure that it is about."""
    return next(name for name in _FIRST if name in quality["figures"])


def headline(quality: Plain) -> str:
    """``basics, 72 items: score 61.1 % [49 %, 72 %]``, with how many failed, and why."""
    told, failed, first = quality["figures"], quality["failed"], first_of(quality)
    text = f"{quality['task']}, {quality['items']} items: {first} {interval(told[first])}"
    if not failed:
        return text
    error, count = next(iter(quality["errors"].items()))
    return f"{text}; {failed} failed, {count} of them: {error}"


def figures(quality: Plain) -> Iterator[tuple[str, str]]:
    """Name and text of each that tells something: of what is counted beside scores only what there was."""
    told = quality["figures"]
    scorers = [name for name in told if name not in _ALWAYS]
    for name in (*scorers, *(name for name in _ALWAYS[1:] if name in told)):
        if name in scorers or told[name]["value"]:
            yield name, interval(told[name])


def judging(quality: Plain) -> Iterator[str]:
    """Who judged by what rubric, what of it was lost, and what it took: a line; none where nobody judged."""
    if (by := quality.get("judging")) is None:
        return
    lost = "; ".join(
        f"{judge} lost {', '.join(f'{count} {cause}' for cause, count in causes.items())}"
        for judge, causes in by["lost"].items()
    )
    usd = "" if by["usd"] is None else f", {show(by['usd'], Unit.USD)}"
    took = f"{by['requests']} requests, {by['input_tokens'] + by['output_tokens']} tokens{usd}"
    known = f", {by['known']} verdicts known before" if by["known"] else ""
    yield f"{by['rubric']}, by {', '.join(by['judges'])}: {took}{known}{f'; {lost}' if lost else ''}"


def lines(qualities: Iterable[Plain]) -> Iterator[str]:
    """For the terminal."""
    for one in qualities:
        against = f" against {one['baseline']}" if one["baseline"] else ""
        yield f"{one['name']} ({one['deployment']}{against}): {headline(one)}"
        yield from (f"  {name}  {text}" for name, text in figures(one))
        yield from (f"  judged: {text}" for text in judging(one))
        yield from (f"  {line}" for line in by_harness(one))
        yield from (f"  asked: {text}" for text in asked(one))
        yield from (f"  {verdict['objective']}: {_said(verdict)}" for verdict in one["verdicts"])
        yield f"  answers: {one['records']['answers']}"


def by_harness(quality: Plain) -> Iterator[str]:
    """What lm-evaluation-harness itself found, with its standard errors; nothing of other tasks."""
    made_with = quality.get("made_with") or {}
    for task, figures in made_with.get("theirs", {}).items():
        told = (f"{name} {_with_error(figure)}" for name, figure in figures.items())
        yield f"lm-evaluation-harness {made_with['lm_eval']}, {task}: {'; '.join(told)}"


def asked(quality: Plain) -> Iterator[str]:
    """How the model was asked, and what its answers depend on beside: a line; none where an older session lacks it."""
    made_with = quality.get("made_with") or {}
    if "tokenizer" not in made_with:
        return
    tokenizer = made_with["tokenizer"]
    fields = ", ".join(f"{name} {value}" for name, value in quality["fields"].items()) or "no fields"
    template, version = f"template {made_with['template']}", made_with["stack"]["version"]
    ids = f"tokenizer of {tokenizer['model']} {tokenizer['sha256']}"
    yield f"{made_with['dialect']}, {fields}; items {made_with['items']}; {template}; {ids}; server {version}"


def _with_error(figure: Plain) -> str:
    error = "" if figure["stderr"] is None else f" (standard error {figure['stderr']:.4g})"
    return f"{figure['value']:.4g}{error}"


def properties(qualities: Sequence[Plain]) -> list[tuple[str, str]]:
    """Name and text of JUnit properties."""
    found = []
    for one in qualities:
        prefix = f"{one['name']}." if len(qualities) > 1 else ""
        for name, figure in one["figures"].items():
            found += [(f"{prefix}quality.{name}{suffix}", _text(figure[key])) for suffix, key in _PARTS]
        found += [(f"{prefix}sla: {verdict['objective']}", _said(verdict)) for verdict in one["verdicts"]]
    return found


_PARTS = (("", "value"), (".low", "low"), (".high", "high"), (".n", "n"))


def interval(figure: Plain) -> str:
    """``61 % [49 %, 72 %]``."""
    unit = Unit(figure["unit"])
    value, low, high = (
        show(unbounded if figure[key] is None else figure[key], unit)
        for key, unbounded in (("value", math.nan), ("low", -math.inf), ("high", math.inf))
    )
    return f"{value} [{low}, {high}]"


def _said(verdict: Plain) -> str:
    return f"{verdict['outcome']}: {verdict['reason']}"


def _text(value: float | None) -> str:
    return "" if value is None else repr(value)
