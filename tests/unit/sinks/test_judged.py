"""What a run's SLA came to, in the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pytest_fmbench.sinks.judged import lines

KEPT = ("pass", "ttft.mean < 4s", "213 ms [198 ms, 240 ms], n=50: all of it keeps < 4 s")
OPEN = ("inconclusive", "itl.p99  <  200ms", "166 ms [150 ms, 419 ms], n=782: straddles 200 ms")


def summary(*verdicts: tuple[str, str, str], name: str = "test_chat", **more: Any) -> dict[str, Any]:
    found = [{"outcome": outcome, "objective": text, "reason": reason} for outcome, text, reason in verdicts]
    return {"name": name, "deployment": "m+s", "verdicts": found, "invalid": [], "warnings": [], **more}


def said(*summaries: dict[str, Any]) -> Sequence[str]:
    return lines(summaries)


def test_each_objective_stands_below_its_run_with_its_interval() -> None:
    assert said(summary(KEPT, OPEN)) == [
        "test_chat:",
        "PASS          ttft.mean < 4s   213 ms [198 ms, 240 ms], n=50: all of it keeps < 4 s",
        "INCONCLUSIVE  itl.p99 < 200ms  166 ms [150 ms, 419 ms], n=782: straddles 200 ms",
    ]


def test_what_makes_a_run_invalid_or_doubtful_follows() -> None:
    told = said(summary(KEPT, invalid=["5 ms late"], warnings=["test_chat: shared cores"]))
    assert told[2:] == ["invalid: 5 ms late", "warning: shared cores"]


def test_a_run_that_promises_nothing_is_not_named() -> None:
    assert said(summary(), summary(KEPT, name="judged"))[0] == "judged:"
    assert said(summary()) == said() == []


def test_runs_of_several_deployments_are_told_apart() -> None:
    one, other = summary(KEPT), summary(KEPT, deployment="m+t")
    assert [line for line in said(one, other) if line.endswith(":")] == ["test_chat, m+s:", "test_chat, m+t:"]
