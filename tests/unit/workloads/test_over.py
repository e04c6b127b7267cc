"""Workloads made of others: adapters, batches of texts, documents to be ranked, images, thinking."""

from __future__ import annotations

import pickle
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from pytest_fmbench import adapters, chat, embeddings, images, jsonl, rerank, synthetic, thinking, trace
from pytest_fmbench.errors import UnknownName, UsageError
from pytest_fmbench.model.finite import Finite
from pytest_fmbench.model.prompt import Prompt, Wanted
from pytest_fmbench.model.recorded import Recorded
from pytest_fmbench.model.workload import Fitted, OfModels
from pytest_fmbench.workloads.over import Over

TRACE = Path(__file__).parents[3] / "fixtures" / "traces" / "small.jsonl"


def counted(prompt: Prompt) -> int:
    return sum(len(message.content.split()) for message in prompt.messages)


def drawn(workload: Over, count: int) -> Counter[object]:
    return Counter(workload.prompt(nth, 0).group for nth in range(count))


def test_adapters_are_asked_by_weight() -> None:
    mix = adapters({"base": 0.5, "sql-lora": 0.3, "legal": 0.2}, chat(8))
    found = drawn(mix, 10_000)
    assert {name: round(count / 10_000, 1) for name, count in found.items()} == {
        "base": 0.5,
        "sql-lora": 0.3,
        "legal": 0.2,
    }
    prompt = mix.prompt(7, 1)
    assert prompt.model == prompt.group
    assert prompt.messages == chat(8).prompt(7, 1).messages
    assert mix.prompt(7, 1) == prompt
    assert isinstance(mix, OfModels)
    assert mix.models == ("base", "sql-lora", "legal")
    assert pickle.loads(pickle.dumps(mix)) == mix  # noqa: S301  # our own
    assert repr(mix) == "adapters({'base': 0.5, 'sql-lora': 0.3, 'legal': 0.2}, Chat(output_tokens=8))"


def test_another_seed_draws_other_adapters() -> None:
    mix = adapters({"a": 1, "b": 1}, chat())
    assert [mix.prompt(nth, 0).model for nth in range(40)] != [mix.prompt(nth, 1).model for nth in range(40)]


def test_what_a_workload_is_it_stays(tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_text('{"text": "a b"}\n{"text": "c d e"}\n{"text": "f"}\n')
    rows, weights = jsonl(tmp_path / "rows.jsonl", prompt="{text}"), {"a": 1.0}
    made: list[Any] = [adapters(weights, one) for one in (chat(), rows, trace(TRACE))]
    plain, finite, recorded = made
    assert not isinstance(plain, Finite)
    assert isinstance(finite, Finite)
    assert not isinstance(finite, Recorded)
    assert isinstance(recorded, Recorded)
    finite.check()
    assert finite.facts()["requests"] == 3
    assert finite.least(0).model == "a"
    assert len(recorded.times_ns()) == recorded.facts()["requests"]
    assert len(recorded.within(0, 1).times_ns()) <= len(recorded.times_ns())
    fitted = adapters(weights, synthetic(input_tokens=30, output_tokens=2)).fit(counted)
    assert isinstance(fitted, Fitted)
    assert counted(fitted.prompt(0, 0)) == 30


def test_texts_are_embedded_in_batches(tmp_path: Path) -> None:
    asked = embeddings(["a", "b", "c"], batch=2)
    assert [asked.prompt(nth, 0).documents for nth in range(3)] == [("a", "b"), ("c", "a"), ("b", "c")]
    assert asked.prompt(0, 0).wanted is Wanted.EMBEDDINGS
    assert asked.prompt(0, 0).messages == ()
    (tmp_path / "rows.jsonl").write_text("".join(f'{{"text": "t{nth}"}}\n' for nth in range(5)))
    rows = embeddings(jsonl(tmp_path / "rows.jsonl", prompt="{text}"), batch=2)
    assert rows.prompt(1, 0).documents == ("t2", "t3")
    assert isinstance(rows, Finite)
    assert rows.facts()["requests"] == 3
    assert rows.input_tokens(10) == 10
    assert len({text for nth in range(50) for text in embeddings(batch=20).prompt(nth, 3).documents}) == 1_000


def test_documents_are_ranked_by_a_question() -> None:
    asked = rerank(["a", "b", "c"], questions=["which?", "what?"], each=2).prompt(1, 0)
    assert (asked.messages[0].content, asked.documents, asked.wanted) == ("what?", ("c", "a"), Wanted.RANKING)
    own = rerank(each=5).prompt(0, 0)
    assert [len(text.split()) for text in own.documents] == [100] * 5
    assert len({*own.documents}) == 5


def test_images_have_a_size_and_steps() -> None:
    asked = images(["a lighthouse"], size="512x512", steps=8, n=2).prompt(3, 0)
    assert asked.fields == {"size": "512x512", "n": 2, "num_inference_steps": 8}
    assert (asked.messages[0].content, asked.wanted, asked.group) == ("a lighthouse", Wanted.IMAGES, None)
    assert images().prompt(0, 0).fields == {"size": "1024x1024", "n": 1}
    assert len({images().prompt(nth, 0).messages for nth in range(120)}) == 120
    mix = images(size={"512x512": 3, "1024x1024": 1}, steps=20)
    assert drawn(mix, 4_000)["512x512, 20 steps"] == pytest.approx(3_000, abs=150)
    assert len(drawn(images(size={"1x1": 1, "2x2": 1}, steps={4: 1, 8: 1}), 100)) == 4


@pytest.mark.parametrize(
    ("server", "how", "fields"),
    [
        ("vllm", {"budget": 64}, {"thinking_token_budget": 64}),
        ("sglang", {"budget": 64}, {"custom_params": {"thinking_budget": 64}}),
        ("llamacpp", {"budget": 64}, {"thinking_budget_tokens": 64}),
        ("anthropic", {"budget": 64}, {"thinking": {"type": "enabled", "budget_tokens": 64}}),
        ("openai", {"effort": "low"}, {"reasoning_effort": "low"}),
        ("openai-responses", {"effort": "low"}, {"reasoning": {"effort": "low"}}),
        ("ollama", {"effort": "low"}, {"think": "low"}),
    ],
)
def test_thinking_is_bounded_in_each_servers_words(server: str, how: dict[str, object], fields: object) -> None:
    asked = thinking(chat(output_tokens=65), server=server, **how).prompt(0, 0)  # type: ignore[arg-type]  # by name
    assert asked.fields == fields
    assert asked.messages == chat().prompt(0, 0).messages


def test_a_budget_must_leave_something_for_the_answer() -> None:
    with pytest.raises(
        UsageError, match=r"thinking\(budget=64\): replies may have 64 output tokens, thinking included"
    ):
        thinking(chat(output_tokens=64), server="anthropic", budget=64).prompt(0, 0)


def test_thinking_and_adapters_go_together() -> None:
    asked = adapters({"a": 1}, thinking(chat(), server="vllm", effort="low")).prompt(0, 0)
    assert (asked.model, asked.fields) == ("a", {"reasoning_effort": "low"})


@pytest.mark.parametrize(
    ("made", "told"),
    [
        (lambda: adapters({}, chat()), "give choices with their weights"),
        (lambda: adapters({"a": 0}, chat()), "a weight is a positive number"),
        (lambda: adapters({"": 1}, chat()), "an adapter has a name"),
        (lambda: adapters({"a": float("nan")}, chat()), "a weight is a positive number"),
        (lambda: embeddings(batch=0), r"embeddings\(batch=0\): give a whole number from 1"),
        (lambda: embeddings([]), r"embeddings\(\[\]\): give texts"),
        (lambda: embeddings("a"), r"embeddings\('a'\): give texts"),
        (lambda: embeddings(["a", " "]), "one of its 2 texts is empty"),
        (lambda: rerank(each=True), r"rerank\(each=True\)"),
        (lambda: images(size="512"), r"images\(size='512'\): give width x height in pixels"),
        (lambda: images(size="0x512"), "give width x height"),
        (lambda: images(steps=0), r"images\(steps=0\)"),
        (lambda: images(n=0), r"images\(n=0\)"),
        (lambda: images(size={}), "give choices with their weights"),
        (lambda: thinking(chat(), server="vllm"), "give either budget=1024, in tokens, or effort="),
        (lambda: thinking(chat(), server="vllm", budget=0), "give a whole number of tokens from 1"),
        (lambda: thinking(chat(), server="vllm", effort=""), "give a word that the model knows"),
    ],
)
def test_what_cannot_be_asked_is_refused(made: object, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        made()  # type: ignore[operator]  # it is one


def test_a_server_that_knows_no_budget_lists_those_that_do() -> None:
    with pytest.raises(UnknownName, match=r"unknown server that takes a budget: 'ollama'.* Known: anthropic, bedrock"):
        thinking(chat(), server="ollama", budget=64)
