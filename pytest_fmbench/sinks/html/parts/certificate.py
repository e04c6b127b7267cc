"""How a run was measured: what the load generator says of its own error."""

from __future__ import annotations

from dataclasses import asdict

from pytest_fmbench.model.certificate import certificate_in
from pytest_fmbench.sinks.certificate import MEANINGS, shown_of
from pytest_fmbench.sinks.html.elements import code, tag
from pytest_fmbench.sinks.html.opened import Opened, Part
from pytest_fmbench.sinks.html.words import table

_LEAD = (
    "The load generator's own error in this run. Where it could change what is judged, the run is invalid, whatever "
    "its figures say."
)


def part(run: Opened) -> Part:
    """Every field, in words."""
    certificate = asdict(certificate_in(run.summary, "the summary"))
    rows = [
        (
            code(name),
            tag("td", MEANINGS.get(name, "")),
            tag("td", shown_of(name, value), class_="number", data_sort=value),
        )
        for name, value in certificate.items()
        if value is not None
    ]
    stamps = sorted(set(run.requests["stamp"].unique().to_pylist()))
    told = f"Arrivals were stamped by the {' and the '.join(stamps)}." if stamps else None
    shown = table(("field", "meaning", "value"), rows, "The run's certificate", numbers_from=2)
    return Part("How it was measured", _LEAD, [tag("p", told) if told else None, shown])
