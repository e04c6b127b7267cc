"""``fmbench.quality`` in a case: scores, what the SLA says of them, and that nothing is asked twice."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence

import pytest

from pytest_fmbench.store.answers import read_answers
from pytest_fmbench.store.table import read_measurement
from tests.support.mock_server import END, HEAD, Asked, MockServer, Step, delta, plain, serving, sse, usage

pytestmark = pytest.mark.lasting

CASES = """
import pytest
from pytest_fmbench import Deployment, Item, Task, Truth, closed, chat
from pytest_fmbench.model.prompt import Message, Prompt

def item(number):
    prompt = Prompt((Message("user", f"What is {number}?"),), max_tokens=8)
    return Item(f"item-{number}", prompt, Truth((str(number),)), ("numeric",))

TASK = Task("numbers", tuple(item(number) for number in range(60)))
THERE = Deployment("m", "endpoint", "url:URL/v1")
OTHER = Deployment("other", "endpoint", "url:URL/v1")
"""
OPTIONS = ("-p", "no:cacheprovider", "--fmbench-engine", "inprocess")


def says(text: str) -> Sequence[Step]:
    words = [sse(delta(None, role="assistant")), *([sse(delta(text))] if text else [])]
    return [HEAD, *words, sse(delta(finish="stop"), usage(5, 3), b"[DONE]"), END]


def number_in(asked: Asked) -> int:
    messages = json.loads(asked.body or b"{}").get("messages", [{"content": ""}])
    return int("".join(filter(str.isdigit, messages[-1]["content"])) or -1)


def right_but_for(wrong: int, model: str = "") -> object:
    """Says each number, but for the first ``wrong``, or only where ``model`` is asked for those."""

    def script(asked: Asked) -> Sequence[Step]:
        number = number_in(asked)
        off = 0 <= number < wrong and (not model or json.loads(asked.body)["model"] == model)
        return says("none of that" if off else f"It is {number}.")

    return script


@pytest.fixture
def server() -> Iterator[MockServer]:
    with serving(right_but_for(6)) as made:  # type: ignore[arg-type]  # a script
        yield made


def run(pytester: pytest.Pytester, server: MockServer, cases: str, *options: str) -> pytest.RunResult:
    pytester.makepyfile((CASES + cases).replace("URL", server.url))
    return pytester.runpytest_subprocess(*OPTIONS, *options)


def asked_of(server: MockServer) -> list[int]:
    """Numbers that were asked for; the greeting before is none."""
    found = [number_in(one) for one in server.asked if one.body]
    return sorted(number for number in found if number >= 0)


def test_scores_verdicts_and_records(pytester: pytest.Pytester, server: MockServer) -> None:
    result = run(
        pytester,
        server,
        """
@pytest.mark.sla("quality.score >= 70%", "quality.numeric < 99%", "quality.failed <= 0%")
def test_good(fmbench):
    found = fmbench.quality(THERE, TASK)
    assert (float(found.score), found.score.n, float(found.unparsable)) == (0.9, 60, 0.1)
    assert found.answers.num_rows == 60

@pytest.mark.sla("quality.score >= 99%")
def test_bad(fmbench):
    fmbench.quality(THERE, TASK)

@pytest.mark.sla("quality.score >= 1%")
def test_nothing_asked(fmbench):
    pass

@pytest.mark.sla("quality.f1 >= 1%")
def test_no_such_scorer(fmbench):
    fmbench.quality(THERE, TASK)

@pytest.mark.sla("quality.score.delta >= -1pp")
def test_no_baseline(fmbench):
    fmbench.quality(THERE, TASK)

@pytest.mark.sla("error_rate <= 0%", "quality.score >= 50%")
def test_both(fmbench):
    fmbench(THERE, chat(4), closed(2), warmup=0, requests=40)
    fmbench.quality(THERE, TASK, name="the same")
""",
        "--junitxml=junit.xml",
        "--fmbench-store-text",
        "full",
    )
    result.assert_outcomes(passed=2, failed=1, errors=3)
    result.stdout.fnmatch_lines(
        [
            "*test_good quality (m*): numbers, 60 items: score 90% [[]*",
            "*quality.score >= 70%: pass: 90% [[]*",
            "*quality.failed <= 0%: pass: 0 of 60 items do not keep it*",
        ]
    )
    result.stdout.fnmatch_lines(["*SLA missed*", "*FAIL*quality.score >= 99%*all of it misses >= 99%*"])
    result.stdout.fnmatch_lines(["*promises 'quality.score >= 1%' but asked nothing: call fmbench.quality(...) in it*"])
    result.stdout.fnmatch_lines(["*unknown figure of the task 'numbers' 'f1'*"])
    result.stdout.fnmatch_lines(["*'quality.score.delta >= -1pp' is against a baseline: baseline=DEPLOYMENT*"])
    assert asked_of(server) == [*range(60)], "each once, though three cases wanted them"
    assert {json.loads(one.body)["temperature"] for one in server.asked if number_in(one) >= 0} == {0}
    (session,) = (pytester.path / "fmbench-out").iterdir()
    (folder,) = (session / "answers").iterdir()
    answers = read_answers(folder / "answers.parquet")
    assert [one.item for one in answers] == [f"item-{number}" for number in range(60)]
    assert (answers[0].text, answers[-1].text) == ("none of that", "It is 59.")
    assert {one.name for one in folder.iterdir()} - {"lock"} == {
        "answers.parquet",
        "requests.parquet",
        "made_with.json",
    }
    assert read_measurement(folder / "requests.parquet").requests.num_rows == 60
    kept = json.loads(next(session.glob("qualities/*good*/quality.json")).read_text())
    assert (kept["figures"]["score"]["value"], kept["outcome"], kept["fields"]) == (0.9, "pass", {"temperature": 0})
    assert "### Quality" in (session / "summary.md").read_text()
    junit = (pytester.path / "junit.xml").read_text()
    assert 'name="quality.score" value="0.9"' in junit
    told = pytester.run(sys.executable, "-m", "pytest_fmbench.cli", "report", "fmbench-out")
    told.stdout.fnmatch_lines(["test_bad quality (m*): numbers, 60 items: score 90% *"])
    assert told.ret == 1


def test_against_a_baseline_on_the_same_items(pytester: pytest.Pytester, server: MockServer) -> None:
    server.script = right_but_for(12, "m")  # type: ignore[assignment]  # a script
    result = run(
        pytester,
        server,
        """
@pytest.mark.sla("quality.score.delta >= -50pp", "quality.length.delta >= -20pp")
def test_a_little_worse(fmbench):
    found = fmbench.quality(THERE, TASK, baseline=OTHER)
    assert float(found.score.delta) == pytest.approx(-0.2)

@pytest.mark.sla("quality.numeric.delta >= -1pp")
def test_too_much_worse(fmbench):
    fmbench.quality(THERE, TASK, baseline=OTHER)

def test_the_other(fmbench):
    fmbench.quality(OTHER, TASK)

@pytest.mark.sla("quality.differs <= 0%", "quality.drift > -50pp")
def test_company(fmbench):
    found = fmbench.quality(THERE, TASK, alone=True)
    assert float(found.differs) == 0.0
""",
    )
    result.assert_outcomes(passed=3, failed=1)
    result.stdout.fnmatch_lines(["*FAIL*quality.numeric.delta >= -1pp*-20 pp [[]*"])
    result.stdout.fnmatch_lines(["numbers, 60 items", "deployment*tokens/s*score*", "m*80%*-20 pp*(worse)*fail"])
    assert len(asked_of(server)) == 3 * 60


@pytest.mark.parametrize("workers", ["0", "2"])
def test_what_broke_off_goes_on(pytester: pytest.Pytester, server: MockServer, workers: str) -> None:
    cases = """
import os, pathlib
from pytest_fmbench.runs.qualities import asking

@pytest.mark.sla("quality.score >= 50%")
def test_dies(fmbench, monkeypatch):
    if not pathlib.Path("again").exists():
        plain = asking._Asked._one

        async def dying(self, index, prompt):
            if index == 40:
                os._exit(9)
            return await plain(self, index, prompt)

        monkeypatch.setattr(asking._Asked, "_one", dying)
    fmbench.quality(THERE, TASK)
"""
    run(pytester, server, cases)
    before = asked_of(server)
    assert 30 <= len(before) <= 41
    (session,) = (pytester.path / "fmbench-out").iterdir()
    (pytester.path / "again").touch()
    result = pytester.runpytest_subprocess(*OPTIONS, "--fmbench-resume", session.name, "-n", workers)
    result.assert_outcomes(passed=1)
    again = asked_of(server)
    assert {*again} == {*range(60)}
    assert len(again) <= 60 + 5, "only what was under way is asked once more"
    (answers,) = session.glob("answers/*/answers.parquet")
    assert len(read_answers(answers)) == 60


def test_failed_requests_are_neither_right_nor_wrong(pytester: pytest.Pytester, server: MockServer) -> None:
    def script(asked: Asked) -> Sequence[Step]:
        number = number_in(asked)
        if number % 10 == 3:
            return plain(500, '{"error": {"message": "out of memory"}}')
        return says("" if number == 5 else f"{number}")

    server.script = script
    result = run(
        pytester,
        server,
        """
@pytest.mark.sla("quality.score >= 95%")
def test_some(fmbench):
    found = fmbench.quality(THERE, TASK)
    assert (float(found.score), found.score.n, float(found.failed)) == (53 / 54, 54, 0.1)

@pytest.mark.sla("quality.failed <= 0%")
def test_none(fmbench):
    fmbench.quality(THERE, Task("threes", TASK.items[3::10]))
""",
    )
    result.assert_outcomes(failed=1, errors=1)
    result.stdout.fnmatch_lines(["*SLA inconclusive*", "*6 failed, which may be right or wrong*"])
    result.stdout.fnmatch_lines(["*none of 6 items was answered; 6 of them: status: 500: out of memory*"])


def test_long_and_empty_answers_and_rows_without_a_truth(pytester: pytest.Pytester, server: MockServer) -> None:
    story, cats = "the cat sat on a mat " * 50_000, 50_000
    server.script = lambda asked: says({0: story, 1: ""}.get(number_in(asked), "the cat"))
    rows = [{"id": n, "q": f"What is {n}?", "a": "the cat"} for n in range(6)]
    rows[3]["a"], rows[4]["a"] = None, []
    del rows[5]["a"]
    (pytester.path / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)))
    result = run(
        pytester,
        server,
        """
from pytest_fmbench import graded, jsonl

@pytest.mark.sla("quality.failed <= 0%")
def test_it(fmbench):
    scorers = ("f1", "rouge_l", "code_similarity", "exact_match")
    found = fmbench.quality(THERE, graded(jsonl("rows.jsonl", prompt="{q}"), *scorers, answers="a"))
    assert (found.score.n, float(found.wrong)) == (3, 1 / 3)
""",
    )
    result.assert_outcomes(passed=1)
    (path,) = pytester.path.glob("fmbench-out/*/answers/*/answers.parquet")
    long, empty, short = read_answers(path)
    assert long.scores == pytest.approx(
        {"f1": 2 / (4 * cats + 1), "rouge_l": 0.5, "code_similarity": 0.0, "exact_match": 0.0}, abs=1e-8
    )
    assert set(empty.scores.values()) == {0.0}
    assert [*short.scores.values()] == pytest.approx([1.0] * 4, abs=1e-8)
    assert long.text is not None
    assert len(long.text) == 64


def test_a_dialect_that_does_not_tell_is_refused_before_anything_is_asked(
    pytester: pytest.Pytester, server: MockServer
) -> None:
    result = run(
        pytester,
        server,
        """
def test_it(fmbench):
    with pytest.raises(Exception, match="dialect openai-embeddings does not tell what was said.*openai-chat"):
        fmbench.quality(Deployment("m", "endpoint", "url:URL/v1", options={"dialect": "openai-embeddings"}), TASK)
    with pytest.raises(Exception, match="give a Task, basics"):
        fmbench.quality(THERE, chat(4))
    with pytest.raises(Exception, match="concurrency from 2"):
        fmbench.quality(THERE, TASK, alone=True, concurrency=1)
    with pytest.raises(Exception, match="is its own baseline"):
        fmbench.quality(THERE, TASK, baseline=THERE)
""".replace("URL", server.url),
    )
    result.assert_outcomes(passed=1)
    assert asked_of(server) == []
