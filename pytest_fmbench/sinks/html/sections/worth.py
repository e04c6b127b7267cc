"""How well a deployment answers against what its tokens cost: which no other beats in both."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pytest_fmbench.model.readable import cut
from pytest_fmbench.model.units import Unit
from pytest_fmbench.sinks.html.base import Section, Summary, Told, chart, chooser
from pytest_fmbench.sinks.html.sections.cost import pareto, sound
from pytest_fmbench.sinks.html.sections.tradeoff import deployments_of, ends_of
from pytest_fmbench.sinks.spending import usd_per_million

_LEAD = (
    "A point is a deployment: how well it answered, with its interval, against the dollars of a million output tokens "
    "in its cheapest run of this session; left and up is better."
)
_NOTE = (
    "The thin line to the right ends at its dearest run: the same server costs more a token the less it has to do. The "
    "dashed line joins those that no other beats in both. Runs that are invalid or had failures give no cost."
)


def section(told: Told) -> Section | None:
    """None where no deployment has both."""
    costs = costs_of(told.summaries)
    found = [one for one in told.qualities if one["deployment"] in costs]
    keys = [*dict.fromkeys(key for one in found for key in _shares(one))]
    if not keys:
        return None
    names = deployments_of(found)
    points: list[dict[str, Any]] = [
        {
            "name": cut(one["name"]),
            "deployment": cut(names[one["deployment"]]),
            "outcome": one["outcome"],
            "usd": costs[one["deployment"]],
            "figures": _shares(one),
        }
        for one in found
    ]
    fronts = {key: _front(points, key) for key in keys}
    body = [
        chooser("worth-y", "Quality", [(key, key) for key in keys], keys[0]),
        chart("worth", "worth-data", "Quality of every deployment against what its tokens cost", _NOTE),
    ]
    return Section("worth", "Quality against cost", _LEAD, body, {"worth-data": {"points": points, "fronts": fronts}})


def costs_of(summaries: Iterable[Summary]) -> dict[str, list[float]]:
    """The least and the most that a million output tokens cost, by deployment, of its sound runs that were paid for."""
    found = defaultdict[str, list[float]](list)
    for one in summaries:
        if sound(one) and (usd := usd_per_million(one)) is not None:
            found[one.get("deployment", "-")].append(usd)
    return {deployment: [min(each), max(each)] for deployment, each in found.items()}


def _shares(quality: Summary) -> dict[str, list[float | None]]:
    """Value and ends of its score and of each scorer, by task and figure; counts of what went wrong are no quality."""
    wrong = ("wrong", "abstained", "unparsable", "failed")
    return {
        cut(f"{quality['task']}: {name}", 60): ends
        for name, figure in quality["figures"].items()
        if name not in wrong and figure["unit"] == Unit.SHARE.value and (ends := ends_of(figure)) is not None
    }


def _front(points: Sequence[Mapping[str, Any]], key: str) -> list[int]:
    known = [nth for nth, one in enumerate(points) if key in one["figures"]]
    return [known[at] for at in pareto([(points[nth]["usd"][0], -points[nth]["figures"][key][0]) for nth in known])]
