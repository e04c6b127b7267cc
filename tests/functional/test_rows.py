"""Rows of a file, from the case to the server and to the records."""

from __future__ import annotations

import json

import pytest

from tests.support.mock_server import Asked, MockServer, Step, chat_reply, plain

CASES = """
import json
import pytest
from pathlib import Path
from pytest_fmbench import closed, jsonl

FILE = Path(__file__).with_name("rows.jsonl")
ROWS = jsonl(FILE, prompt="{context} {question}", system="In {language}.", output_tokens="length", where={"keep": 1})
TYPO = jsonl(FILE, prompt="{contxt}")

def test_a_column_that_is_none(fmbench, deployment):
    fmbench(deployment, TYPO, closed(1), requests=2, warmup=0)

@pytest.mark.parametrize("rows", [ROWS], ids=str)
def test_rows(fmbench, deployment, rows):
    run = fmbench(deployment, rows, closed(1), requests=7, warmup=0)
    assert run.input_tokens.mean == 9
"""


def test_prompts_that_arrive_are_those_of_the_file(pytester: pytest.Pytester, mock: MockServer) -> None:
    rows = [{"context": f"c{nth}", "question": "{q}", "language": "en", "length": 4, "keep": 1} for nth in range(3)]
    lines = [json.dumps(row) for row in (rows[0], {**rows[0], "keep": 0}, *rows[1:])]
    (pytester.path / "rows.jsonl").write_text("\n".join([*lines, '{"context": "cut o']))
    pytester.makepyfile(test_rows=CASES)
    target = ("--fmbench-url", f"{mock.url}/v1", "--fmbench-model", "m")
    result = pytester.runpytest_subprocess(*target, "-p", "no:cacheprovider", "-s")
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(
        [
            "*: left out of 5 rows of *rows.jsonl: 1 by 'keep', 1 not JSON",
            "unknown column of *rows.jsonl 'contxt', did you mean 'context'*",
        ]
    )
    bodies = [json.loads(asked.body) for asked in mock.asked if asked.head.startswith("POST /v1/chat/completions")]
    asked = [[message["content"] for message in body["messages"]] for body in bodies]
    tried = [each for each in asked if each[0] == "In en."]
    assert len(tried) >= 7
    assert tried == [["In en.", f"c{nth % 3} {{q}}"] for nth in range(len(tried))]
    (told,) = pytester.path.glob("fmbench-out/*/cases/*/case.json")
    records = json.loads(told.read_text())
    assert records["workload"].startswith("jsonl('rows.jsonl', prompt='{context} {question}', system='In {language}.'")
    assert records["rows"]["left_out"] == {"by 'keep'": 1, "not JSON": 1}
    assert records["rows"]["requests"] == 3
    (warning,) = [line for line in records["warnings"] if "came again" in line]
    assert f"{len(tried)} requests were made of 3 prompts" in warning


def test_tokens_are_counted_by_the_servers_own_route(pytester: pytest.Pytester, mock: MockServer) -> None:
    """Here of vLLM's form, where it agrees with the usage of replies; then no prompt is asked to count it."""

    def script(asked: Asked) -> list[Step]:
        if asked.head.startswith("POST /tokenize"):
            texts = [message["content"] for message in json.loads(asked.body)["messages"]]
            return [*plain(200, json.dumps({"count": 9 if len(texts) > 1 or "steps" in texts[0] else len(texts[0])}))]
        return [*chat_reply(tokens=1)]

    mock.script = script
    rows = [{"context": "c" * nth} for nth in range(1, 60)]
    (pytester.path / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)))
    pytester.makepyfile(
        test_rows="""
        from pytest_fmbench import closed, jsonl

        def test_rows(fmbench, deployment):
            rows = jsonl("rows.jsonl", prompt="{context}", tokens=(20, 25), output_tokens=1)
            fmbench(deployment, rows, closed(1), requests=12, warmup=0)
        """
    )
    target = ("--fmbench-url", f"{mock.url}/v1", "--fmbench-model", "m")
    pytester.runpytest_subprocess(*target, "-p", "no:cacheprovider").assert_outcomes(passed=1)
    bodies = [json.loads(asked.body) for asked in mock.asked if asked.head.startswith("POST /v1/chat")]
    lengths = [len(body["messages"][0]["content"]) for body in bodies if body["messages"][0]["content"].startswith("c")]
    assert {*lengths} == {20, 21, 22, 23, 24, 25}
