"""What is asked in which dialect: a model of the prompt's own, its fields, and nothing that a dialect does not give."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from pytest_fmbench.catalog import DIALECTS
from pytest_fmbench.client.dialects.calling import call_of, given_by, see_that_it_names_the_model
from pytest_fmbench.client.dialects.prompts import together
from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.endpoint import Endpoint
from pytest_fmbench.model.prompt import Message, Prompt, Wanted
from tests.support.dialects import HERE, SPOKEN

PROMPT = Prompt((Message("user", "a"),), max_tokens=3)
ENDPOINT = Endpoint("http://x", "served", "d")
WITH_FIELDS = replace(ENDPOINT, request_fields={"seed": 1, "options": {"a": 1, "b": 2}})
NAMES_NONE = {
    *("tgi-generate", "hf-inputs", "hf-inputs-whole", "tei-rerank", "json"),
    *("sagemaker-inputs", "sagemaker-inputs-whole"),
    *("sagemaker-generate", "sagemaker-generate-whole", "sagemaker-infer"),
}
"""Dialects that do not say which model they ask."""


@pytest.mark.parametrize("name", HERE)
def test_what_a_dialect_does_not_give_is_refused_with_the_way_out(name: str) -> None:
    dialect, gives = DIALECTS[name](), given_by(DIALECTS[name]())
    for wanted in {*Wanted} - gives:
        with pytest.raises(UsageError, match=f"asks for {wanted.value}, and the dialect {name} for .*: ask it with"):
            call_of(dialect, replace(PROMPT, wanted=wanted), ENDPOINT)
    assert SPOKEN[name].prompt.wanted in gives


@pytest.mark.parametrize("name", HERE)
def test_a_model_of_the_prompts_own_is_asked_or_refused(name: str) -> None:
    dialect, prompt = DIALECTS[name](), replace(SPOKEN[name].prompt, model="sql-lora")
    if name in NAMES_NONE:
        with pytest.raises(UsageError, match="does not say which model it asks, so 'sql-lora' cannot be asked in it"):
            see_that_it_names_the_model(dialect, prompt, ENDPOINT)
        return
    see_that_it_names_the_model(dialect, prompt, ENDPOINT)
    call = call_of(dialect, prompt, ENDPOINT)
    assert b"sql-lora" in call.path.encode() + call.body
    assert b"served" not in call.path.encode() + call.body


@pytest.mark.parametrize("name", [name for name in HERE if "grpc" not in name])
def test_fields_of_the_prompt_are_asked_and_win(name: str) -> None:
    prompt = replace(SPOKEN[name].prompt, fields={**SPOKEN[name].prompt.fields, "seed": 2, "options": {"b": 3}})
    body = json.loads(call_of(DIALECTS[name](), prompt, WITH_FIELDS).body)
    assert body["seed"] == 2
    assert body["options"].items() >= {"a": 1, "b": 3}.items()


def test_fields_are_put_together() -> None:
    assert together({"a": {"b": 1, "c": 2}, "d": 3}, {"a": {"c": 4}, "d": {"e": 5}}) == {
        "a": {"b": 1, "c": 4},
        "d": {"e": 5},
    }
    assert together({}, {"a": 1}) == together({"a": 1}, {}) == {"a": 1}
