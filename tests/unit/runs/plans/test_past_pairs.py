from __future__ import annotations

from pathlib import Path

import pytest

from pytest_fmbench.runs.plans.past import NEVER
from pytest_fmbench.runs.plans.past_pairs import FoundPairs, PairsSubject, PastPairs, of_comparison
from tests.support.pasts import keep_pairs, past

SUBJECT = PairsSubject("a", "b", "Chat()", "closed:2")
TOLD = vars(SUBJECT)


def found(output: Path) -> PastPairs:
    what = of_comparison(output, SUBJECT)
    assert what.past is not None
    assert what.why == ""
    return what.past


def test_blocks_are_read_in_the_order_of_their_pairs(tmp_path: Path) -> None:
    keep_pairs(tmp_path, [past([1.0] * requests) for requests in range(1, 13)], "test_it", **TOLD)
    pairs = found(tmp_path)
    assert [one.requests for one in pairs.baseline] == [1, 4, 5, 8, 9, 12]
    assert [one.requests for one in pairs.candidate] == [2, 3, 6, 7, 10, 11]
    assert (pairs.session, pairs.requests, len(pairs.blocks)) == ("2026-01-01", 78, 12)


def test_the_newest_session_counts(tmp_path: Path) -> None:
    for session in ("2026-02", "2026-10", "2026-01"):
        keep_pairs(tmp_path, [past([1.0], session=session)] * 8, "test_it", **TOLD)
    assert found(tmp_path).session == "2026-10"


@pytest.mark.parametrize("name", ["baseline", "candidate", "workload", "load"])
def test_a_comparison_of_something_else_is_none(tmp_path: Path, name: str) -> None:
    keep_pairs(tmp_path, [past([1.0])] * 8, "test_it", **TOLD | {name: "other"})
    assert of_comparison(tmp_path, SUBJECT) == FoundPairs(why=NEVER)


def test_a_comparison_that_was_cut_off_has_no_record(tmp_path: Path) -> None:
    keep_pairs(tmp_path, [past([1.0])] * 8, "test_it", **TOLD)
    (tmp_path / "2026-01-01" / "comparisons" / "test_it" / "comparison.json").unlink()
    assert of_comparison(tmp_path, SUBJECT) == FoundPairs(why=NEVER)


@pytest.mark.parametrize("broken", ["comparison.json", "001-candidate/requests.parquet"])
def test_what_cannot_be_read_is_said(tmp_path: Path, broken: str) -> None:
    keep_pairs(tmp_path, [past([1.0])] * 8, "test_it", **TOLD)
    (tmp_path / "2026-01-01" / "comparisons" / "test_it" / broken).write_text("{")
    what = of_comparison(tmp_path, SUBJECT)
    assert what.past is None
    assert f"test_it/{broken}" in what.why


def test_the_pace_is_that_of_all_blocks() -> None:
    pairs = PastPairs("s", (past([20.0] * 50),), (past([40.0] * 100, gap_ms=20.0),))
    assert pairs.rate == pytest.approx(150 / 2.5)
    assert pairs.block_s == pytest.approx((0.5 + 2.0) / 2)
    assert pairs.drain_s == pytest.approx((0.011 + 0.021) / 2)
    assert pairs.first_replies_s(1) == pytest.approx((0.021 + 0.041) / 2)
