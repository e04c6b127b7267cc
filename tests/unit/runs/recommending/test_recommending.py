"""What is recommended of sessions that lie in files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from pytest_fmbench.errors import StoreError, UsageError
from pytest_fmbench.quality.figures import QUALITIES
from pytest_fmbench.recommend import Demand
from pytest_fmbench.runs.recommending.gathering import Wishes, recommended
from pytest_fmbench.runs.recommending.pricing import Pricing
from pytest_fmbench.runs.recommending.reading import sessions_in
from pytest_fmbench.sla import parse
from tests.support.searched import SLA, THREE, case, quality, search, session

DEMAND = Demand(120.0, redundancy=1)
LOCAL, VLLM, TGI = (one["deployment"] for one in THREE)
PRICING = Pricing(refreshed=None)
VANTAGE = "instances.vantage.sh via aws-gpu"


def told(*folders: Path, pricing: Pricing = PRICING, **wishes: Any) -> Mapping[str, Any]:
    return recommended(sessions_in(folders), Wishes(**{"demand": DEMAND, **wishes}), pricing)[1]


def names(fleets: list[Mapping[str, Any]]) -> list[str]:
    return [one["deployment"] for one in fleets]


def refused(found: Mapping[str, Any], deployment: str) -> str:
    return next(f"{one['why']} | {one['helps']}" for one in found["refused"] if one["deployment"] == deployment)


def test_the_cheapest_of_three(tmp_path: Path) -> None:
    found = told(session(tmp_path / "s", THREE))
    best = found["recommended"]
    # 144 / 56 -> 3, + 1: 4 x 2.24208; 144 / 10.8 -> 14, + 1: 15 x 1.006; 144 / 3.75 -> 39, + 1: 40 x 0.4
    assert (best["deployment"], best["replicas"], best["usd_per_hour"]) == (VLLM, 4, pytest.approx(8.96832))
    assert [(one["deployment"], one["usd_per_hour"]) for one in found["runners_up"]] == [
        (TGI, pytest.approx(15.09)),
        (LOCAL, pytest.approx(16.0)),
    ]
    assert best["price"] == {"told": "2.242 USD/h", "source": VANTAGE, "date": "2026-08-26"}
    assert found["runners_up"][1]["price"] == {"told": "0.4 USD/h", "source": "session s", "date": "2026-11-20"}
    assert best["breaks_first"]["objective"] == SLA[0]
    assert best["breaks_first"]["at"]["low"] == 228.0
    assert best["with_fewer"] == {"lost": 1, "holds": 168.0, "peak_is_held": True}
    assert best["latency"] == pytest.approx(0.2)
    assert found["pareto"]["latency"] == "ttft_scheduled.p95"
    # 2.24208 / (3600 x 60 x 200) x 1e6
    assert best["cost"]["cost_per_1m_output_tokens"]["value"] == pytest.approx(2.24208 / 43.2)
    assert found["answer"].startswith(f"4 x {VLLM}, 1 of them to spare: 8.968 USD/h, 50% used at a peak of 120 req/s.")
    assert found["runners_up"][0]["why"].startswith("6.12 USD/h dearer (+68%): 15 replicas of 1.006 USD/h, each")


def test_what_the_user_says_of_prices_is_believed(tmp_path: Path) -> None:
    folder = session(tmp_path / "s", THREE)
    own = told(folder, pricing=Pricing({"local": 0.01, "ec2:g5.xlarge": 9.0}, refreshed=None))
    assert own["recommended"]["deployment"] == LOCAL
    assert own["recommended"]["price"]["source"] == "--price"
    assert own["runners_up"][1]["price"]["told"] == "9 USD/h"
    (tmp_path / "own.toml").write_text(
        'source = "our contract"\ndate = "2026-11-01"\n[ec2.us-east-1.1yr-no-upfront]\n"g5.xlarge" = 0.1\n'
    )
    plan = told(folder, pricing=Pricing(file=tmp_path / "own.toml", market="1yr-no-upfront", refreshed=None))
    assert plan["recommended"]["deployment"] == TGI
    assert plan["recommended"]["price"] == {"told": "0.1 USD/h", "source": "our contract", "date": "2026-11-01"}
    prices = {one["deployment"]: one["price"] for one in plan["runners_up"]}
    assert prices[VLLM] == {"told": "1.413 USD/h", "source": VANTAGE, "date": "2026-08-26"}
    assert prices[LOCAL]["source"] == "session s"  # which has no markets
    elsewhere = told(folder, pricing=Pricing(region="eu-central-1", refreshed=None))
    assert elsewhere["recommended"]["usd_per_hour"] == pytest.approx(4 * 2.8035)
    spot = told(folder, pricing=Pricing(market="spot", refreshed=None))
    assert refused(spot, VLLM).startswith("nobody knows what it costs | --price")
    assert spot["recommended"]["deployment"] == LOCAL
    with pytest.raises(UsageError, match=r"unknown deployment or instance 'g7\.xlarge'"):
        told(folder, pricing=Pricing({"g7.xlarge": 1.0}, refreshed=None))


def test_a_price_that_a_session_paid_is_dated_by_it_where_no_table_says_so(tmp_path: Path) -> None:
    paid = search("m+vllm+ec2_g6e.2xlarge", 60.0, 57.0, 63.0, 56.0, tariff={"usd_per_hour": 1.95, "tokens": None})
    assert told(session(tmp_path / "s", [paid]))["recommended"]["price"]["source"] == "session s"
    listed = search("m+vllm+ec2_g6e.2xlarge", 60.0, 57.0, 63.0, 56.0, tariff={"usd_per_hour": 2.24208, "tokens": None})
    assert told(session(tmp_path / "t", [listed]))["recommended"]["price"]["source"] == VANTAGE


def test_tokens_are_held_against_hours(tmp_path: Path) -> None:
    tokens = {"input_usd": 3e-7, "output_usd": 6e-7, "cache_read_usd": 3e-7, "cache_write_usd": 3e-7}
    paid = {"usd_per_hour": 0.0, "tokens": tokens | {"source": "a list", "date": ""}}
    bedrock = search("nobody.knows-v1+bedrock+bedrock", 400.0, 380.0, None, 370.0, tariff=paid)
    found = told(session(tmp_path / "s", [*THREE, bedrock]))
    # 500 x 3e-7 + 200 x 6e-7 = 0.00027 USD each
    (even,) = found["break_even"]
    assert even["per_hour"] == pytest.approx(8.96832 / 0.00027)
    assert even["told"].startswith(
        f"{VLLM} is cheaper than nobody.knows-v1+bedrock+bedrock from 33,216 requests an hour"
    )
    assert found["runners_up"][-1]["price"]["told"] == "0.3 and 0.6 USD a million input and output tokens"


def test_no_deployment_meets_the_sla(tmp_path: Path) -> None:
    why = "no rate holds ttft.p95 < 1s: 1.4 s [1.2 s, 1.7 s], 40% above"
    slow = search("m+llamacpp+local", 0.0, 0.0, 0.0, 0.0, why=why)
    decision, found = recommended(sessions_in([session(tmp_path / "s", [slow])]), Wishes(DEMAND), PRICING)
    assert (decision.best, found["recommended"]) == (None, None)
    assert found["answer"] == f"No deployment would do: m+llamacpp+local: {why}"
    assert refused(found, LOCAL) == f"{why} | a faster deployment, or another SLA"


def test_answers_must_be_good_enough(tmp_path: Path) -> None:
    marks = [quality(VLLM, 0.5), quality(TGI, 0.7)]
    asked = [parse("quality.score >= 60%", QUALITIES)]
    found = told(session(tmp_path / "s", THREE, marks), quality=asked)
    assert found["recommended"]["deployment"] == TGI
    assert found["recommended"]["quality"]["value"] == 0.7
    assert "it is 50% [48%, 52%], 10 pp away | a larger model" in refused(found, VLLM)
    assert "not measured | fmbench.quality" in refused(found, LOCAL)
    unsure = told(session(tmp_path / "t", THREE, [quality(VLLM, 0.6), quality(TGI, 0.7)]), quality=asked)
    assert "which may be either | more items" in refused(unsure, VLLM)
    missed = {"objective": "quality.score >= 90%", "outcome": "fail", "reason": "50%"}
    judged = told(session(tmp_path / "u", THREE, [quality(VLLM, 0.5, verdicts=[missed])]))
    assert refused(judged, VLLM).startswith("quality.score >= 90% of arithmetic: 50% | ")


def test_what_was_asked_of_other_slas_or_workloads_is_not_held_together(tmp_path: Path) -> None:
    other = search("m+vllm+ec2_g6e.2xlarge", 20.0, 19.0, 21.0, 18.5, sla=["ttft.p95 < 100ms"])
    folder = session(tmp_path / "s", [THREE[0], other])
    with pytest.raises(UsageError, match=r"several SLAs, choose one with --sla: .*--sla 'ttft\.p95 < 100ms'"):
        told(folder)
    assert told(folder, sla=["ttft.p95  <  100ms"])["recommended"]["deployment"] == VLLM
    with pytest.raises(UsageError, match=r"nothing was measured by the SLA e2e\.p95 < 1s; there is"):
        told(folder, sla=["e2e.p95 < 1s"])
    longer = session(tmp_path / "t", [THREE[0], search("b+vllm+local", 1.0, 0.9, 1.1, 0.9, workload="Chat(9)")])
    with pytest.raises(UsageError, match=r"asked different things, choose with --workload TEXT: Chat\(output_tokens="):
        told(longer)
    assert names(
        [told(longer, workload="Chat(9)", pricing=Pricing({"local": 1.0}, refreshed=None))["recommended"]]
    ) == ["b+vllm+local"]
    with pytest.raises(UsageError, match="nothing was asked with 'images' in its workload"):
        told(longer, workload="images")


def test_rates_of_different_arrivals_are_not_held_together(tmp_path: Path) -> None:
    conditions = {**THREE[1]["conditions"], "load": {"arrivals": "Constant(rate=1.0)"}}
    with pytest.raises(UsageError, match=r"rates of different arrivals do not compare: .*Constant"):
        told(session(tmp_path / "s", [THREE[0], {**THREE[1], "conditions": conditions}]))


def test_machines_that_differ_are_a_warning(tmp_path: Path) -> None:
    conditions = {**THREE[0]["conditions"], "machine": {"cpu": "b", "cores": 2}, "client": {"http2": True}}
    other = {**THREE[0], "deployment": "m+vllm+local", "conditions": conditions}
    bare = {**THREE[1], "conditions": None}
    found = told(session(tmp_path / "s", [THREE[0], bare]), session(tmp_path / "t", [other]))
    assert [one for one in found["warnings"] if "days old" not in one] == [
        "servers ran on machines that differ: cpu: a, b; cores: 8, 2",
        "requests were sent in different ways: http2: False, True",
        f"under which conditions it was measured is not recorded: {VLLM}",
    ]
    assert found["sessions"] == ["s", "t"]


def test_of_several_searches_of_a_deployment_the_longest_counts(tmp_path: Path) -> None:
    longer = {**THREE[0], "rate": {**THREE[0]["rate"], "value": 5.0, "n": 5_000}}
    found = told(session(tmp_path / "s", [THREE[0], longer]))
    assert found["recommended"]["capacity"]["value"] == 5.0
    assert found["warnings"] == [f"{LOCAL} was measured 2 times; the one with most requests counts"]


def test_single_rates_stand_for_a_capacity_where_none_was_searched_for(tmp_path: Path) -> None:
    cases = [case(LOCAL, 1.0), case(LOCAL, 2.0), case(LOCAL, 3.0, "fail"), case(LOCAL, 9.0, open_loop=False)]
    pricing = Pricing({LOCAL: 1.0}, refreshed=None)
    found = told(session(tmp_path / "s", cases=cases), pricing=pricing)
    best = found["recommended"]
    assert (best["held"], best["held_at"], best["capacity"]["high"], best["replicas"]) == (2.0, 0.95, 3.0, 73)
    assert best["breaks_first"]["objective"] == SLA[0]
    assert found["warnings"][1:] == [
        f"{LOCAL}: 3 rates were measured and no capacity searched for: it holds 2 req/s at the confidence of a "
        "verdict, and may hold more; fmbench.capacity searches"
    ]
    one = told(session(tmp_path / "t", cases=cases[:1]), pricing=pricing)
    assert "1 rate was measured" in one["warnings"][1]
    assert one["recommended"]["capacity"]["high"] is None
    assert one["answer"].endswith(" Nothing that was tried broke the SLA: it may hold more.")
    none = told(session(tmp_path / "u", cases=[case(LOCAL, 1.0, "inconclusive")]), pricing=pricing)
    assert none["recommended"] is None


def test_a_search_with_one_point_bounds_nothing(tmp_path: Path) -> None:
    found = told(session(tmp_path / "s", [search("m+llamacpp+local", 4.0, 0.0, None, 0.0)]))
    assert refused(found, LOCAL).startswith("its capacity has no lower end")


def test_searches_of_before_are_read(tmp_path: Path) -> None:
    old = {name: value for name, value in THREE[0].items() if name not in ("held", "arrival", "conditions", "tariff")}
    found = told(session(tmp_path / "s", [old]), pricing=Pricing({"local": 0.4}, refreshed=None))
    assert (found["recommended"]["held"], found["recommended"]["held_at"]) == (3.8, pytest.approx(0.975))
    assert list(found["recommended"]["cost"]) == ["cost_per_1k_requests"]


def test_what_holds_nothing_says_so(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is nothing to decide by: no search for a capacity"):
        told(session(tmp_path / "s"))
    with pytest.raises(UsageError, match="there is no folder"):
        sessions_in([tmp_path / "none"])
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match=r"holds no session: looked for session\.json"):
        sessions_in([tmp_path / "empty"])
    with pytest.raises(StoreError, match="lacks workload, sla"):
        sessions_in([session(tmp_path / "bad", [{"deployment": "a"}])])


def test_the_newest_of_a_folder_of_sessions_counts_once(tmp_path: Path) -> None:
    session(tmp_path / "out/2026-01-01", [THREE[0]])
    newest = session(tmp_path / "out/2026-01-02", THREE)
    assert [one.folder for one in sessions_in([tmp_path / "out", newest])] == [newest]


def test_old_prices_are_a_warning(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(
        'source = "a page"\ndate = "2020-01"\n[ec2.us-east-1.on-demand]\n"g5.xlarge" = 1\n'
    )
    found = told(session(tmp_path / "s", THREE[2:]), pricing=Pricing(file=tmp_path / "own.toml", refreshed=None))
    assert found["warnings"][0].startswith("prices of a page, 2020-01, are 2,")


def test_of_agents_rates_are_of_tasks(tmp_path: Path) -> None:
    arrival = {**THREE[0]["arrival"], "task": True, "requests": 5.0}
    tokens = {"input_usd": 3e-7, "output_usd": 6e-7, "cache_read_usd": 3e-7, "cache_write_usd": 3e-7}
    paid = {"usd_per_hour": 0.0, "tokens": tokens | {"source": "a list", "date": ""}}
    bedrock = search("nobody.knows-v1+bedrock+bedrock", 400.0, 380.0, None, 370.0, tariff=paid, arrival=arrival)
    found = told(session(tmp_path / "s", [{**THREE[1], "arrival": arrival}, bedrock]))
    assert found["unit"] == "tasks/s"
    assert "50% used at a peak of 120 tasks/s" in found["answer"]
    assert found["recommended"]["cost"]["cost_per_task"]["value"] == pytest.approx(2.24208 / (3_600 * 60))
    assert "33,216 tasks an hour" in found["break_even"][0]["told"]


@pytest.mark.parametrize(
    ("rate", "objective", "ends", "kept"),
    [
        (0.5, "ttft.p95 < 1s", (1.2, 1.7), "a promise of ttft.p95 < 1.7 s, which it keeps at 0.5 req/s"),
        (0.0, "ttft.p95 < 1s", (1.2, 1.7), "a promise of ttft.p95 < 1.7 s, which it keeps one request at a time"),
        (0.5, "goodput >= 95%", (0.6, 0.8), "a promise of goodput >= 60%, which it keeps at 0.5 req/s"),
        (0.5, "ttft.p95 < 1s", (1.2, None), "another SLA"),
    ],
)
def test_what_sla_would_hold_is_told(
    tmp_path: Path, rate: float, objective: str, ends: tuple[float, float | None], kept: str
) -> None:
    unit = "1" if "%" in objective else "s"
    said = {"objective": objective, "value": 1.4, "low": ends[0], "high": ends[1], "n": 30, "unit": unit}
    higher = {"rate": 9.0, "objectives": [said | {"high": 9.0, "low": 0.0}]}
    probes = [{"rate": rate, "objectives": [said]}, *([higher] if rate else [])]
    slow = search("m+llamacpp+local", 0.0, 0.0, 0.0, 0.0, why="no", probes=probes, limiting=objective)
    assert refused(told(session(tmp_path / "s", [slow])), LOCAL) == f"no | a faster deployment, or {kept}"
