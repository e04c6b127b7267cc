"""A trace replayed in a case, against the mock: times, lengths, prefixes, failures, and what the records say."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from pytest_fmbench.cli import main
from pytest_fmbench.store.table import read_measurement
from tests.support.mock_server import Asked, MockServer, Step, plain, word_by_word
from tests.support.traces import json_lines, mooncake

CONTEXT = 700

CASE = """
import pytest
from pytest_fmbench import replay, trace

@pytest.mark.parametrize("load", [replay(speed=2)], ids=str)
@pytest.mark.sla("error_rate < 50%", "ttft.mean < 60s")
def test_replay(fmbench, deployment, load):
    run = fmbench(deployment, trace("t.jsonl", most_output=3), load, name="replayed")
    assert run.requests.num_rows == 23
"""


def rows() -> Iterator[dict[str, object]]:
    """Twenty requests in bursts of four, each with a block in common; two that are too long; one that is alone."""
    for nth in range(20):
        yield mooncake(400 * (nth // 4), 520 + nth, [0, 100 + nth], output=5)
    yield from (mooncake(1700 + nth, 800, [0, 200 + nth]) for nth in range(2))
    yield mooncake(2000, 30, [300], output=2)


def with_context(asked: Asked) -> Sequence[Step]:
    """A server of a model that takes 700 tokens, and says so."""
    if asked.head.startswith("GET /v1/models"):
        return plain(200, json.dumps({"data": [{"id": "m", "max_model_len": CONTEXT}]}))
    reply = word_by_word(asked)
    content = json.loads(asked.body)["messages"][0]["content"]
    return reply if len(content.split()) < CONTEXT else plain(400, '{"error": "the prompt is too long"}')


@pytest.mark.parametrize("workers", [1, 3])
def test_a_trace_is_replayed_and_the_records_say_how_truly(
    pytester: pytest.Pytester, mock: MockServer, workers: int, capsys: pytest.CaptureFixture[str]
) -> None:
    mock.script = with_context
    json_lines(Path("t.jsonl"), rows())
    pytester.makepyfile(test_it=CASE)
    target = ("--fmbench-url", f"{mock.url}/v1", "--fmbench-model", "m", "--fmbench-workers", str(workers))
    result = pytester.runpytest_subprocess(*target, "-p", "no:cacheprovider")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(
        [
            "*22 of 23 replies are clipped",
            "*2 of its requests do not fit the model's context of 700 tokens and will fail*",
        ]
    )
    line = "replayed: replayed 23 of 23 requests, 99 % within * of their times, counts a second vary * times as much"
    result.stdout.fnmatch_lines([line])

    (folder,) = Path("fmbench-out").glob("*/cases/*")
    requests = read_measurement(folder / "requests.parquet").requests.to_pydict()
    begin_ns = min(requests["scheduled_ns"])
    wanted = sorted(round(500_000 * row["timestamp"]) for row in rows())  # type: ignore[operator]  # numbers, all of them
    assert sorted(at - begin_ns for at in requests["scheduled_ns"]) == wanted
    assert {*requests["phase"]} == {"window"}
    answered = [
        tokens for tokens, status in zip(requests["input_tokens"], requests["status"], strict=True) if status == "ok"
    ]
    assert sorted(answered) == [30, *range(520, 540)]
    assert sum("the prompt is too long" in (error or "") for error in requests["error"]) == 2
    assert {*requests["worker"]} == {*range(workers)}

    prompts = [json.loads(asked.body)["messages"][0]["content"].split() for asked in mock.asked if asked.body]
    long = [prompt[:512] for prompt in prompts if 520 <= len(prompt) < 540]
    assert long[-20:] == [long[-1]] * 20

    kept = json.loads((folder / "case.json").read_text())
    assert kept["fidelity"]["sent"] == kept["fidelity"]["requests"] == kept["replayed"] == 23
    assert kept["trace"]["format"] == "mooncake"
    assert 0.9 < kept["window_s"] < 60
    assert (kept["load"], kept["workload"]) == ("replay:speed-2", "trace('t.jsonl', most_output=3)")

    assert main(["report", "fmbench-out"]) == 0
    assert "replayed: replayed 23 of 23 requests, 99 % within" in capsys.readouterr().out


def test_a_plan_of_a_replay_knows_its_length_and_a_mistake_is_told_before_anything_is_asked(
    pytester: pytest.Pytester, mock: MockServer
) -> None:
    json_lines(Path("t.jsonl"), rows())
    wrong = CASE.replace("replay(speed=2)", "replay(window=(50, 60))").replace("test_replay", "test_wrong")
    pytester.makepyfile(test_it=CASE, test_wrong=wrong)
    target = ("--fmbench-url", f"{mock.url}/v1", "--fmbench-model", "m", "-p", "no:cacheprovider")
    planned = pytester.runpytest_subprocess(*target, "--fmbench-plan", "test_it.py")
    planned.stdout.fnmatch_lines(
        ["*replay:speed-2] *not known * 23 *replay:speed-2, 0 s before a window of 2* s at most*"]
    )
    wrong_ = pytester.runpytest_subprocess(*target, "test_wrong.py")
    wrong_.stdout.fnmatch_lines(["*window=(50, 60): trace:t:most_output-3 lasts 2.0 s, and no request came then*"])
    assert mock.asked == []
