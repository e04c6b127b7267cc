"""What a reader should doubt."""

from __future__ import annotations

from pytest_fmbench.model.readable import cut
from pytest_fmbench.sinks.html.base import Section, Summary, Told
from pytest_fmbench.sinks.html.elements import tag
from pytest_fmbench.sinks.table import title_of
from pytest_fmbench.store.redaction import redacted

_MOST = 200


def section(told: Told) -> Section | None:
    """All warnings, in order of measuring."""
    found = [_told(one, warning) for one in told.summaries for warning in one.get("warnings", ())]
    if not found:
        return None
    signs = "One sign" if len(found) == 1 else f"{len(found)} signs"
    lead = f"{signs} that a figure may not be what it seems" + (
        f"; the first {_MOST} are shown." if len(found) > _MOST else "."
    )
    items = (tag("li", cut(redacted(warning), 600)) for warning in found[:_MOST])
    return Section("warnings", "Warnings", lead, [tag("ul", items)])


def _told(run: Summary, warning: str) -> str:
    """With the name of the run, if it begins with that, as this page has it."""
    name = f"{run['name']}: "
    return f"{title_of(run)}: {warning.removeprefix(name)}" if warning.startswith(name) else warning
