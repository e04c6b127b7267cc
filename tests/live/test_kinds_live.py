"""Other kinds than text, of a real llama.cpp: embeddings, rankings, any JSON, search; and prefixes that are shared."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.lasting

CASES = """
import json
from pathlib import Path
import pytest
from pytest_fmbench import Deployment, closed, embeddings, jsonl, rerank, search_chat, synthetic

def served(**options):
    return Deployment("smollm2-135m", "llamacpp", quantization="q4_1", options=options)

Path("texts.jsonl").write_text("".join(json.dumps({"text": "word " * nth, "at": nth}) + "\\n" for nth in range(2, 12)))
TOKENIZE = served(dialect="json?path=/tokenize&items=tokens&unit=tokens")

@pytest.mark.deployments(served(dialect="openai-embeddings"))
@pytest.mark.sla("item_rate > 0.1 item/s", "error_rate <= 0%")
def test_embeddings(fmbench, deployment):
    run = fmbench(deployment, embeddings(batch=3), closed(1), requests=8, warmup=0, duration=120)
    assert run.items.mean == 3
    assert float(run.input_tokens.mean) > 3 * 5

@pytest.mark.deployments(served(dialect="openai-embeddings"))
def test_embeddings_of_exact_lengths(fmbench, deployment):
    texts = synthetic(input_tokens=40, output_tokens=1)
    run = fmbench(deployment, embeddings(texts, batch=2), closed(1), requests=3, warmup=0, duration=120)
    assert run.input_tokens.mean == 80

@pytest.mark.deployments(served(dialect="rerank"))
def test_rerank(fmbench, deployment):
    asked = rerank(["A short one.", "Another."], each=2)
    run = fmbench(deployment, asked, closed(1), requests=3, warmup=0, duration=120)
    assert run.items.mean == 2

@pytest.mark.deployments(TOKENIZE)
def test_json(fmbench, deployment):
    rows = jsonl("texts.jsonl", body={"content": "{text}", "add_special": False})
    run = fmbench(deployment, rows, closed(1), requests=10, warmup=0, duration=120)
    assert 2 <= run.items.mean < 30
    assert run.error_rate == 0

@pytest.mark.deployments(served(dialect="openai-chat"))
def test_search(fmbench, deployment):
    asked = search_chat(passages=1, passage_tokens=60, corpus=2, history=1, history_tokens=8, output_tokens=4)
    run = fmbench(deployment, asked, closed(1), requests=8, warmup=0, duration=240)
    cached = [tokens for tokens in run.requests["cached_tokens"].to_pylist() if tokens is not None]
    assert max(cached) > 60
"""


def test_kinds(live_case: pytest.Pytester) -> None:
    (live_case.path / "test_kinds.py").write_text(CASES)
    result = live_case.runpytest_subprocess("-p", "no:cacheprovider", "test_kinds.py")
    result.assert_outcomes(passed=5)
