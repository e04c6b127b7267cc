"""How fast, how dear and how good each deployment is, in one row: a stack may be faster because it says less."""

from __future__ import annotations

from pytest_fmbench.model.readable import cut
from pytest_fmbench.sinks import joint
from pytest_fmbench.sinks.html.base import Section, Summary, Told
from pytest_fmbench.sinks.html.elements import Child, Element, code, tag
from pytest_fmbench.sinks.html.heat import heat_cell
from pytest_fmbench.sinks.html.words import badge, interval_of, table, value_of
from pytest_fmbench.sinks.spending import dollars

_LEAD = (
    "A row is a deployment that was asked the same task: how fast it is in the case that most of them ran, what its "
    "tokens cost there, how well it answers, and how its answers differ from those of its baseline."
)


def section(told: Told) -> Section | None:
    """None where no two deployments were asked the same task."""
    found = joint.tables(told.summaries, told.qualities)
    if not found:
        return None
    body = list[Child]()
    for one in found:
        rows = [_row(row) for row in one.rows]
        grid = table(joint.COLUMNS, rows, f"Speed, cost and quality: {cut(one.task, 60)}")
        body += [tag("h3", cut(one.title)), tag("div", grid, class_="heat")]
        body += [tag("p", cut(note, 600), class_="note") for note in one.notes]
    return Section("joint", "Speed, cost and quality", _LEAD, body)


def _row(row: joint.Row) -> list[Child]:
    usd = _unknown() if row.usd is None else tag("td", tag("b", dollars(row.usd)), **_number(row.usd))
    delta = _unknown() if row.delta is None else _figure(row.delta, joint.against(row.delta))
    speeds = [heat_cell(cell) for cell in row.speeds.values()]
    return [code(row.deployment), *speeds, usd, _figure(row.score), delta, tag("td", badge(row.outcome))]


def _figure(figure: Summary, word: str = "") -> Element:
    if figure["value"] is None:
        return _unknown()
    said = tag("span", word, class_="ratio") if word else None
    return tag("td", tag("b", value_of(figure)), said, tag("small", interval_of(figure)), **_number(figure["value"]))


def _number(value: float) -> dict[str, object]:
    return {"class_": "number", "data_sort": repr(float(value))}


def _unknown() -> Element:
    return tag("td", "\u2013", class_="number", data_sort="")
