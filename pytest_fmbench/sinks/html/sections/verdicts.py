"""The answer: what became of every case, and by how much."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from pytest_fmbench.model.readable import cut
from pytest_fmbench.sinks import outcomes, quality
from pytest_fmbench.sinks.capacity import headline
from pytest_fmbench.sinks.html.base import Section, Summary, Told, folded
from pytest_fmbench.sinks.html.elements import Child, Element, code, tag
from pytest_fmbench.sinks.html.strip import strip
from pytest_fmbench.sinks.html.words import WORDS, badge, interval_of, value_of
from pytest_fmbench.sinks.table import title_of
from pytest_fmbench.store.redaction import redacted

_URGENT = ("error", "invalid", "fail", "inconclusive")
"""What needs somebody, the worst first."""
_CALM = (("pass", 8, "runs passed"), ("skipped", 8, "cases were skipped"), ("-", 3, "runs without an SLA"))
"""What follows; of more than so many, all are folded away."""
_NOTE = (
    "In each strip the line in the middle is the limit, the shaded side keeps it, the dot is what was measured, and "
    "the bar its interval; the ends are a quarter and four times the limit, and a bar that reaches one may go on."
)


def section(told: Told) -> Section:
    """Every case with its verdicts, those first that need somebody; also of a session in which nothing was measured."""
    found = defaultdict[str, list[Element]](list)
    for outcome, item in _items(told):
        found[outcome].append(item)
    urgent = [item for outcome in _URGENT for item in found[outcome]]
    body: list[Child] = [_counts(told), _listed(urgent)]
    for outcome, most, what in _CALM:
        items = found[outcome]
        body.append(_listed(items) if len(items) <= most else folded(f"{len(items)} {what}", _listed(items)))
    judged = any(one["verdicts"] for one in told.summaries)
    return Section("verdicts", "Verdicts", _lead(told), [*body, tag("p", _NOTE, class_="note") if judged else None])


def _listed(items: Sequence[Element]) -> Element | None:
    return tag("ul", items, class_="verdicts") if items else None


def _lead(told: Told) -> str:
    levels = {one["confidence"] for one in told.summaries if one["verdicts"]}
    if not levels and told.capacities:
        return "No run was judged; a search passes where it came to an end, and Capacity says what it found."
    if not levels:
        measured = told.summaries or told.comparisons or told.qualities
        return "No objective was judged." if measured else "Nothing was measured."
    shares = " or ".join(f"{level:.0%}" for level in sorted(levels))
    return (
        f"An objective passes or fails where the whole interval says so, at {shares} confidence for all of a case; "
        "where it straddles the limit the case is inconclusive, and where our own error could decide it is invalid."
    )


def _counts(told: Told) -> Element:
    """How many cases each outcome has."""
    counts = Counter(_words(told).values())
    tiles = (
        tag("li", tag("strong", str(counts[one])), " ", badge(one))
        for one in ("pass", *(word for word in WORDS if word != "pass"))
        if counts[one] or one == "pass"
    )
    return tag("ul", tiles, class_="counts", aria_label="cases by outcome")


def _words(told: Told) -> dict[str, str]:
    """Of every case. One that measured and was skipped before it was judged is skipped."""
    found = outcomes.of_cases(told.summaries, told.errors, told.capacities, told.qualities)
    return found | {case: "skipped" for case, _ in told.skipped if found.get(case, "-") == "-"}


def _items(told: Told) -> Iterator[tuple[str, Element]]:
    skipped = dict(told.skipped)
    for nth, summary in enumerate(told.summaries):
        outcome, reason = outcomes.of_run(summary), None
        if outcome == "-" and summary["case"] in skipped:
            outcome, reason = "skipped", tag("p", cut(redacted(skipped[summary["case"]])))
        head = _head(outcome, _link(summary, nth))
        yield outcome, tag("li", head, reason, _verdicts(summary), class_=f"run {outcome}")
    for one in told.capacities:
        if one["case"] not in dict(told.errors):
            link = tag("a", code(one["name"]), href="#capacity")
            found = tag("p", cut(headline(one)))
            yield "pass", tag("li", _head("pass", link), found, class_="run pass")
    for one in told.qualities:
        outcome = "pass" if one["outcome"] == "-" else one["outcome"]
        head = _head(outcome, tag("a", code(one["name"]), href="#quality"))
        said = (tag("p", cut(f"{each['objective']}: {each['reason']}")) for each in one["verdicts"])
        yield outcome, tag("li", head, tag("p", cut(quality.headline(one))), said, class_=f"run {outcome}")
    measured = {one["case"] for one in told.summaries}
    for outcome, cases in (("error", told.errors), ("skipped", told.skipped)):
        for name, message in (one for one in cases if outcome == "error" or one[0] not in measured):
            reason = tag("p", cut(redacted(_first_line(message))))
            yield outcome, tag("li", _head(outcome, code(name)), reason, class_=f"run {outcome}")


def _head(outcome: str, name: Element) -> Element:
    return tag("h3", badge(outcome), " ", name)


def _link(summary: Summary, nth: int) -> Element:
    return tag("a", code(title_of(summary)), href="#closely", data_open=nth)


def _verdicts(summary: Summary) -> list[Child]:
    # of an invalid run only the reason: what its verdicts would have been is worth nothing
    if summary.get("invalid"):
        return [tag("p", cut(redacted(reason))) for reason in summary["invalid"]]
    rows = [_verdict(one) for one in summary["verdicts"]]
    return [tag("div", rows, class_="objectives", role="list")] if rows else []


def _verdict(verdict: Summary) -> Element:
    parts: Sequence[Child] = (
        badge(verdict["outcome"]),
        tag("div", code(" ".join(verdict["objective"].split())), class_="objective"),
        tag("div", strip(verdict), class_="where"),
        tag("div", tag("b", value_of(verdict)), tag("small", _interval(verdict)), class_="measured"),
        tag("div", cut(_reason(verdict)), class_="reason"),
    )
    return tag("div", parts, class_="row", role="listitem")


def _reason(verdict: Summary) -> str:
    """Without what stands beside it: value, interval and n."""
    return str(verdict["reason"].partition(f"n={verdict['n']}: ")[2] or verdict["reason"])


def _interval(verdict: Summary) -> str:
    return "" if verdict["value"] is None else f"{interval_of(verdict)}, n={verdict['n']}"


def _first_line(message: str) -> str:
    return next(iter(message.strip().splitlines()), "")
