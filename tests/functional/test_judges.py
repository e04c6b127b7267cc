"""Answers that a panel of judges judges: what is known of the judges beforehand is what is found."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from pytest_fmbench.store.answers import read_answers
from pytest_fmbench.weights.cache import CACHE_VARIABLE
from tests.support.judging import JUDGES, asked_of, play
from tests.support.mock_server import MockServer, serving

pytestmark = pytest.mark.lasting

PAGE = Path(__file__).parents[2] / "docs" / "judges.md"
CASES = """
import pytest
from pytest_fmbench import *
from pytest_fmbench.model.prompt import Message, Prompt

def item(number):
    return Item(f"item-{number}", Prompt((Message("user", f"What is {number}?"),), max_tokens=8), Truth())

def at(model):
    return Deployment(model, "endpoint", "url:URL/v1")

TASK = Task("numbers", tuple(item(number) for number in range(24)), ())
GOOD, BAD = at("good"), at("bad")
LABELLED = [
    Labelled.of("What is 7?", "It is 7.", grade="5"),
    Labelled.of("What is 8?", "Whatever.", grade="1"),
    Labelled.of("What is 9?", "It is 9.", grade="3"),
]
"""
OPTIONS = ("-p", "no:cacheprovider", "--fmbench-engine", "inprocess")


@pytest.fixture
def server() -> Iterator[MockServer]:
    with serving(play) as made:
        yield made


def run(pytester: pytest.Pytester, server: MockServer, cases: str, *options: str) -> pytest.RunResult:
    pytester.makepyfile((CASES + cases).replace("URL", server.url))
    return pytester.runpytest_subprocess(*OPTIONS, *options)


def judged(server: MockServer) -> Counter[str]:
    """How often each judge was asked to judge."""
    asked = (asked_of(one) for one in server.asked if one.body)
    return Counter(model for model, text in asked if model in JUDGES and "judge" in text)


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "cache"))


def test_true_values_are_found_and_nothing_is_judged_twice(pytester: pytest.Pytester, server: MockServer) -> None:
    cases = """
PAIRS = TASK.judged(panel(at("perfect"), at("first-liking")), "better")

@pytest.mark.sla("quality.win_rate >= 40%", "quality.unread <= 0%")
def test_pairs(fmbench):
    found = fmbench.quality(GOOD, TASK.judged(panel(at("perfect")), "better"), baseline=BAD)
    assert (float(found.win_rate), float(found.ties), float(found.position_bias)) == (0.75, 0.5, 0.0)
    assert (found.win_rate.n, found.position_bias.n) == (24, 12), "of answers that are alike nobody is asked"
    biased = fmbench.quality(GOOD, TASK.judged(panel(at("first-liking")), "better"), baseline=BAD, judged=False)
    assert (float(biased.win_rate), float(biased.ties), float(biased.position_bias)) == (0.5, 1.0, 1.0)
    both = fmbench.quality(GOOD, PAIRS, baseline=BAD, judged=False)
    assert (float(both.win_rate), float(both.position_bias), float(both.agreement)) == (0.5, 0.5, 0.0)

@pytest.mark.sla("quality.judged >= 5%", "quality.judged.delta <= 10pp", "quality.calibration <= 99%")
def test_grades(fmbench):
    found = fmbench.quality(BAD, TASK.judged(panel(at("perfect"), at("harsh"), labelled=LABELLED)), baseline=GOOD)
    assert (float(found.judged), float(found.judged.delta), found.judged.n) == (0.375, -0.375, 24)
    assert (float(found.agreement), float(found.calibration), found.calibration.n) == (1 / 3, 1 / 3, 3)
"""
    result = run(pytester, server, cases)
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(
        [
            "*test_pairs quality (good*against bad*): numbers, 24 items: win_rate 75% [[]*",
            "*judged: better, by perfect+endpoint+*: 24 requests, 1440 tokens*",
            "*quality.win_rate >= 40%: pass*",
        ]
    )
    different = 24 + 12 + 1  # answers of one, those that the other gives otherwise, and what is labelled beside
    assert judged(server) == {"perfect": 24 + different, "first-liking": 24, "harsh": different}
    (session,) = (pytester.path / "fmbench-out").iterdir()
    pairs, *_ = sorted(session.glob("qualities/*pairs*/verdicts.parquet"))
    rows = pq.read_table(pairs).to_pylist()
    assert Counter(row["grade"] for row in rows) == {"first": 12}
    told = json.loads((pairs.parent / "quality.json").read_text())["judging"]
    assert (told["ballots"], told["known"], told["requests"], told["lost"]) == (12, 0, 24, {})
    texts = [one.text for path in session.glob("answers/*/answers.parquet") for one in read_answers(path)]
    assert {len(text or "") for text in texts} == {64}, "what was said is kept as a hash, by judges too"
    before = judged(server)
    pytester.runpytest_subprocess(*OPTIONS).assert_outcomes(passed=2)
    assert judged(server) == before, "another session finds all verdicts"


def test_what_goes_wrong_is_told_and_bounded(pytester: pytest.Pytester, server: MockServer) -> None:
    result = run(
        pytester,
        server,
        """
@pytest.mark.parametrize("judge", ["prose", "refusing", "looping", "broken"])
def test_lost(fmbench, judge):
    fmbench.quality(GOOD, TASK.judged(panel(at(judge), at("perfect"))))

def test_mistakes(fmbench):
    with pytest.raises(Exception, match="compares two answers: baseline=DEPLOYMENT"):
        fmbench.quality(GOOD, TASK.judged(panel(at("perfect")), "better"))
    with pytest.raises(Exception, match="does not tell what was said"):
        dumb = Deployment("m", "endpoint", "url:URL/v1", options={"dialect": "openai-embeddings"})
        fmbench.quality(GOOD, TASK.judged(panel(dumb)))
    with pytest.raises(Exception, match="has no scorer"):
        fmbench.quality(GOOD, TASK)

@pytest.mark.sla("quality.win_rate >= 45%")
def test_other_rubric(fmbench):
    fmbench.quality(GOOD, TASK.judged(panel(at("perfect"))), baseline=BAD)

@pytest.mark.sla("quality.judged >= 45%")
def test_nobody_judges(fmbench):
    fmbench.quality(GOOD, basics())

def test_own(fmbench):
    class Own:
        name = "own"
        def __call__(self, exhibit, rubric):
            return None
    fmbench.quality(GOOD, TASK.judged(panel(Own())))
""",
    )
    result.assert_outcomes(passed=1, errors=7)
    for line in (
        "*24 of 48 judgements (50%) could not be had, more than 10%: prose+*: 24 prose*",
        "*24 of 48 judgements (50%) could not be had, more than 10%: refusing+*: 24 refused*",
        "*24 of 48 judgements (50%) could not be had, more than 10%: looping+*: 24 looped*",
        "*broken+*: none of 24 items was answered; 24 of them: status: 500: out of memory*",
        "*'quality.win_rate >= 45%' is not what this panel tells by the rubric helpful: judged, judged.delta, unread*",
        "*'quality.judged >= 45%' is of what judges say: task.judged(panel(DEPLOYMENT))*",
        "*the judge own says None; it says a text that names a grade, one of 5, 4, 3, 1*",
    ):
        result.stdout.fnmatch_lines([line])


def test_two_workers_judge_as_one_does(
    pytester: pytest.Pytester, server: MockServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cases = """
PANEL = panel(at("perfect"), at("harsh"), labelled=LABELLED)

@pytest.mark.deployments(GOOD, BAD)
@pytest.mark.sla("quality.judged >= 5%", "quality.calibration <= 99%")
def test_grades(fmbench, deployment):
    fmbench.quality(deployment, TASK.judged(PANEL))

@pytest.mark.deployments(at("other"), at("fourth"))
@pytest.mark.sla("quality.win_rate >= 5%")
def test_pairs(fmbench, deployment):
    fmbench.quality(deployment, TASK.judged(panel(at("perfect")), "better"), baseline=BAD)
"""
    found, asked = [], []
    for workers in ("0", "2"):
        monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / f"cache of {workers}"))
        server.asked.clear()
        run(pytester, server, cases, "-n", workers, "--fmbench-output", f"out-{workers}").assert_outcomes(passed=4)
        paths = (pytester.path / f"out-{workers}").glob("*/qualities/*/quality.json")
        kept = [json.loads(path.read_text()) for path in paths]
        found.append(sorted((one["name"], json.dumps(one["figures"]), one["outcome"]) for one in kept))
        asked.append(judged(server))
    assert found[0] == found[1]
    different = 24 + 12 + 1  # as above
    assert asked[0] == asked[1] == {"perfect": different + 24, "harsh": different}, "nothing is judged twice"


def test_the_pages_example(pytester: pytest.Pytester, server: MockServer) -> None:
    (example,) = re.findall(r"^```py\n(.*?)^```", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    models = iter(("perfect", "first-liking", "fair", "bad"))
    example = re.sub(r"Deployment\([^)]*\)", lambda _: f'at("{next(models)}")', example)
    options = ("--fmbench-url", f"{server.url}/v1", "--fmbench-model", "good", "--fmbench-inconclusive", "pass")
    run(pytester, server, example, *options).assert_outcomes(passed=1)
    assert judged(server) == {"perfect": 4, "first-liking": 4, "fair": 4}
