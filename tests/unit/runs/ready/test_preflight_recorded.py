"""A recorded workload before any load: one of its requests does not stand for the others."""

from __future__ import annotations

import json
from pathlib import Path

from pytest_fmbench import trace
from pytest_fmbench.client.dialects.openai_chat import OpenAIChat
from pytest_fmbench.model.endpoint import Endpoint
from pytest_fmbench.runs.ready.preflight import Finding, preflight
from tests.support.mock_server import Asked, Step, plain, serving, word_by_word
from tests.support.traces import OVERHEAD, count, json_lines, mooncake


def checked(folder: Path, context: int | None) -> tuple[Finding, list[int]]:
    """What is found of a trace of three requests, and how many words it took."""
    rows = [mooncake(0, 900, [1, 2]), mooncake(1000, 60, output=1), mooncake(2000, 1200, [1, 3, 4])]
    workload = trace(json_lines(folder / "t.jsonl", rows)).fit(count)
    models = json.dumps({"data": [{"id": "m", **({"max_model_len": context} if context else {})}]})

    def script(asked: Asked) -> list[Step]:
        return [*(plain(200, models) if asked.head.startswith("GET") else word_by_word(asked))]

    with serving(script) as mock:
        finding = preflight(Endpoint(f"{mock.url}/v1", "m", "openai-chat"), OpenAIChat(), workload, seed=0)
        bodies = [json.loads(asked.body) for asked in mock.asked if asked.body]
    return finding, [len(body["messages"][0]["content"].partition(": ")[2].split()) for body in bodies]


def test_it_is_tried_with_its_smallest_request_and_budgeted_by_the_mean(tmp_path: Path) -> None:
    finding, words = checked(tmp_path, None)
    assert words == [60 - OVERHEAD]
    assert finding.input_tokens == 720
    assert not any("context" in note for note in finding.notes)


def test_what_does_not_fit_the_context_is_told_and_no_reason_to_stop(tmp_path: Path) -> None:
    finding, _ = checked(tmp_path, 1000)
    told = "1 of its requests do not fit the model's context of 1000 tokens and will fail: clip them"
    assert finding.notes[-1] == told
