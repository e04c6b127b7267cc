"""What a session with a budget makes, pays for, keeps and tells."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.support.mock_server import MockServer
from tests.support.paid.cloud import ToyCloud
from tests.support.paid.sessions import CASES, Nursery

pytestmark = pytest.mark.lasting


@pytest.fixture
def nursery(tmp_path: Path) -> Iterator[Nursery]:
    (tmp_path / "toys").mkdir()
    made = Nursery(tmp_path, ToyCloud(tmp_path / "toys"))
    yield made
    made.close()


def test_without_a_budget_nothing_is_asked_and_a_plan_says_what_it_would_take(nursery: Nursery) -> None:
    nursery.write("a", "b", cases=2)
    skipped = nursery.run("-rs")
    assert skipped.code == 0
    assert "4 skipped" in skipped.out
    assert "costs money, about 0.44 USD: --fmbench-budget USD allows it" in skipped.out
    planned = nursery.run("--fmbench-plan", "--fmbench-budget", "1")
    assert planned.code == 0, planned.out
    assert (
        "would be made: a+fake+paid_toy at $3.60 an hour (the shop, 2026-11), about $0.44 for its start and 2 cases"
        in planned.out
    )
    assert "--fmbench-budget 0.88 allows all of it at once" in planned.out
    assert nursery.cloud.calls("start") == []


def test_each_deployment_is_made_once_paid_and_released(nursery: Nursery) -> None:
    nursery.write("a", "b", cases=2)
    done = nursery.run("-n", "2", "--fmbench-budget", "5")
    assert done.code == 0, done.out
    assert "4 passed" in done.out
    assert len(nursery.cloud.calls("start")) == 2
    assert nursery.cloud.left() == []
    assert any(line.startswith("spent: $0.") and " of $5.00 (servers $0." in line for line in done.out.splitlines())
    spent = json.loads((nursery.session / "session.json").read_text())["spent"]
    assert 0.0 < spent["spent_usd"] < 0.44
    cases = [json.loads(path.read_text()) for path in nursery.session.glob("cases/*/case.json")]
    assert len(cases) == 4
    assert all(0.0 < case["usd"] < spent["spent_usd"] for case in cases)
    reaped = nursery.reap()
    assert (reaped.code, reaped.out) == (0, "nothing is left\n")


def test_one_deployment_is_released_before_the_next_is_made(nursery: Nursery) -> None:
    nursery.write("a", "b", cases=2)
    done = nursery.run("--fmbench-budget", "0.9")
    assert done.code == 0, done.out
    calls = [line.split()[0] for line in (nursery.cloud.folder / "calls.log").read_text().splitlines()]
    assert calls == ["start", "release", "start", "release"]


def test_a_budget_for_one_of_two_measures_one(nursery: Nursery) -> None:
    nursery.write("a", "b", before="while len([*HERE.glob('state/leases/*.json')]) < 1: time.sleep(0.02)")
    done = nursery.run("-n", "2", "--fmbench-budget", "0.6")
    assert done.code == 1, done.out
    assert "1 passed, 1 error" in done.out
    assert "of --fmbench-budget 0.6 are neither spent nor promised" in done.out
    assert len(nursery.cloud.calls("release")) == 1
    assert nursery.cloud.left() == []


def test_what_cannot_be_had_errors_alone_and_is_tried_once(nursery: Nursery) -> None:
    nursery.write("a", cases=3)
    nursery.cloud.break_("boot")
    done = nursery.run("--fmbench-budget", "5")
    assert "3 errors" in done.out, done.out
    assert "it never became ready" in done.out
    assert len(nursery.cloud.calls("start")) == 1
    assert nursery.cloud.left() == []


def test_a_lease_that_cannot_be_written_makes_nothing(nursery: Nursery) -> None:
    nursery.write("a")
    (nursery.folder / "state").mkdir()
    (nursery.folder / "state" / "leases").write_text("a file where the folder should be")
    done = nursery.run("--fmbench-budget", "5")
    assert done.code == 1, done.out
    assert "cannot write" in done.out
    assert nursery.cloud.left() == []
    assert nursery.cloud.calls("release") == []


def test_what_is_kept_is_adopted_by_the_next_session_and_left_alone_until_then(nursery: Nursery) -> None:
    nursery.write("a")
    kept = nursery.run("--fmbench-budget", "5", "--fmbench-keep")
    assert kept.code == 0, kept.out
    (lease,) = nursery.cloud.left()
    assert f"kept: a+fake+paid_toy ({lease}) at $3.60 an hour until " in kept.out
    left_alone = nursery.reap("--yes")
    assert left_alone.code == 0
    assert "left alone: it is kept for the next session; --kept ends it" in left_alone.out
    adopted = nursery.run("--fmbench-budget", "5")
    assert adopted.code == 0, adopted.out
    assert f"adopted {lease} for a+fake+paid_toy" in adopted.out
    assert len(nursery.cloud.calls("start")) == 1
    assert nursery.cloud.left() == []


def test_what_was_kept_and_is_not_what_it_claims_is_replaced(nursery: Nursery) -> None:
    nursery.write("a")
    nursery.run("--fmbench-budget", "5", "--fmbench-keep")
    (lease,) = nursery.cloud.left()
    nursery.cloud.change(lease, specification="another")
    done = nursery.run("--fmbench-budget", "5")
    assert done.code == 0, done.out
    assert f"{lease} is not adopted: {lease} is not what it claims; it is released" in done.out
    assert len(nursery.cloud.calls("start")) == 2
    assert nursery.cloud.left() == []


def test_what_cannot_be_released_is_told_fails_the_session_and_is_reaped(nursery: Nursery) -> None:
    nursery.write("a")
    nursery.cloud.break_("release")
    done = nursery.run("--fmbench-budget", "5")
    assert done.code == 1, done.out
    assert "1 passed" in done.out
    (lease,) = nursery.cloud.left()
    assert (
        f"{lease} (paid, a+fake+paid_toy, $3.60/h) is left: release: the toys are on strike; `fmbench reap`" in done.out
    )
    still = nursery.reap("--yes")
    assert still.code == 1
    assert f"{lease}: is left: release: the toys are on strike" in still.out
    nursery.cloud.break_()
    assert nursery.reap("--yes").code == 0
    assert nursery.cloud.left() == []


OUTLIVES_ITS_LEASE = """if nth == 1:
        (toy,) = (HERE / "toys").glob("*.json")
        ends_s = json.loads(toy.read_text())["made_s"] + 7
        while time.time() < ends_s:
            time.sleep(0.02)"""
SHORT_LEASES = """
from pytest_fmbench import money

money._lease = float
"""
"""People's are of five minutes at least."""


@pytest.mark.parametrize("renews", [True, False])
def test_what_a_session_holds_outlives_its_lease_as_it_is_renewed(nursery: Nursery, *, renews: bool) -> None:
    nursery.write("a", cases=2, before=OUTLIVES_ITS_LEASE)
    with (nursery.folder / "conftest.py").open("a") as conftest:
        conftest.write(SHORT_LEASES)
    if not renews:
        nursery.cloud.break_("renew")
    done = nursery.run("--fmbench-budget", "5", "--fmbench-lease", "6")
    assert len(nursery.cloud.calls("renew")) >= 3
    if renews:
        assert "2 passed" in done.out, done.out
    else:  # so that it is the renewal which the others live by
        assert "1 passed, 1 error" in done.out, done.out
        assert "the toy is gone" in done.out
    assert (done.code, nursery.cloud.left()) == (0 if renews else 1, [])


def test_what_the_budget_ends_before_it_is_decided_is_an_error_not_measured(nursery: Nursery, mock: MockServer) -> None:
    target = f'Deployment("m", "fake", "tokens:{mock.url.rpartition(":")[2]}")'
    text = CASES.replace("requests=4", "duration=60, requests=100_000").replace("error_rate <= 0%", "ttft.p99.99 < 9s")
    nursery.write("a")
    (nursery.folder / "test_toys.py").write_text(text.format(deployments=target, cases=1, before="pass"))
    done = nursery.run("--fmbench-budget", "1.2", "--junitxml", "junit.xml")
    assert done.code == 1, done.out
    assert "1 error" in done.out.splitlines()[-1]
    (suite,) = ET.parse(nursery.folder / "junit.xml").iter("testsuite")  # noqa: S314  # our own
    assert (suite.get("tests"), suite.get("errors"), suite.get("failures")) == ("1", "1", "0")
    (error,) = suite.iter("error")
    told = f"{error.get('message')}{error.text}"
    assert "not measured: the budget was spent before m+fake+tokens_" in told
    assert "ttft.p99.99 < 9s" in told, "with what was found until then"
    (case,) = nursery.session.glob("cases/*/case.json")
    assert json.loads(case.read_text())["usd"] > 0.0


def test_tokens_are_paid_and_a_window_ends_with_the_money(nursery: Nursery, mock: MockServer) -> None:
    port = mock.url.rpartition(":")[2]
    text = CASES.replace("requests=4", "duration=60, requests=100_000").replace('"error_rate <= 0%"', "{sla}")
    before = "fmbench.sequential = False"
    target = f'Deployment("m", "fake", "tokens:{port}")'
    cases = text.format(sla='"error_rate <= 0%"', deployments=target, cases=2, before=before)
    nursery.write("a")
    (nursery.folder / "test_toys.py").write_text(cases)
    done = nursery.run("--fmbench-budget", "2")
    assert done.code == 1, done.out
    assert "1 passed, 1 error" in done.out
    assert "not measured: the budget was spent before m+fake+tokens_" in done.out
    told = next(line for line in done.out.splitlines() if line.startswith("spent: "))
    spent = float(told.split("$")[1].split()[0])
    assert 1.9 < spent < 4.0
    assert f"(tokens ${spent:.2f})" in told
