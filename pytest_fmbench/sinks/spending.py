"""What a session has spent, and what goes on costing, as lines for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from pytest_fmbench.model.lease import Lease


def spent_line(told: Mapping[str, Any]) -> str:
    """What a ledger tells, in a line."""
    servers, tokens = sum(told["leases"].values()), sum(told["paid"].values())
    parts = ", ".join(f"{name} {dollars(usd)}" for name, usd in (("servers", servers), ("tokens", tokens)) if usd)
    budget = "" if told["budget_usd"] is None else f" of {dollars(told['budget_usd'])}"
    return f"spent: {dollars(told['spent_usd'])}{budget}" + (f" ({parts})" if parts else "")


def kept_lines(leases: Sequence[Lease]) -> Iterator[str]:
    """What is kept for the next session, until when, and how it ends before."""
    for lease in leases:
        until = datetime.fromtimestamp(lease.expires_s, timezone.utc).strftime("%H:%M UTC")
        cost = "" if lease.usd_per_hour is None else f" at {dollars(lease.usd_per_hour)} an hour"
        yield f"kept: {lease.deployment} ({lease.name}){cost} until {until}; `fmbench reap --kept --yes` ends it now"


def dollars(usd: float) -> str:
    """Cents, and of less than one as many digits as it takes."""
    return f"${usd:,.2f}" if usd == 0.0 or usd >= 0.01 else f"${usd:.2g}"


def usd_per_million(summary: Mapping[str, Any]) -> float | None:
    """What a run cost, in dollars, over the output tokens that arrived in its window, times a million.

    None where nobody paid, or nothing arrived.
    """
    rate = summary["figures"].get("output_token_rate", {}).get("value")
    tokens = float(rate or 0.0) * float(summary.get("window_s", 0.0))
    return float(summary["usd"]) / tokens * 1e6 if summary.get("usd") and tokens else None
