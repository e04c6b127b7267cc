"""How prompts are asked, where that is not as in a chat."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from pytest_fmbench.catalog import DIALECTS
from pytest_fmbench.client.dialects.prompts import base64_of, encoded
from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.prompt import Message, Prompt

DATA, REMOTE = "data:image/png;base64,AA==", "http://x/y.png"
SHOWN = Prompt((Message("system", "Look."), Message("user", "What is it?", (DATA, REMOTE))), max_tokens=3)


def asked(name: str, prompt: Prompt, **fields: object) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(DIALECTS[name]().call(prompt, "m", fields).body)
    return body


def test_anthropics_images_are_blocks_before_the_text() -> None:
    body = asked("anthropic-messages", SHOWN)
    assert body["system"] == "Look."
    assert body["messages"][0]["content"] == [
        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AA=="}},
        {"type": "image", "source": {"type": "url", "url": REMOTE}},
        {"type": "text", "text": "What is it?"},
    ]


def test_anthropic_is_told_of_a_system_only_where_there_is_one() -> None:
    assert "system" not in asked("anthropic-messages", Prompt((Message("user", "a"),), max_tokens=3))


def test_images_of_responses_are_parts_of_the_input() -> None:
    assert asked("openai-responses", SHOWN)["input"][1]["content"] == [
        {"type": "input_text", "text": "What is it?"},
        {"type": "input_image", "image_url": DATA},
        {"type": "input_image", "image_url": REMOTE},
    ]


def test_ollama_takes_images_that_are_there_and_fetches_none() -> None:
    held = replace(SHOWN, messages=(Message("user", "What is it?", (DATA,)),))
    assert asked("ollama-chat", held)["messages"] == [{"role": "user", "content": "What is it?", "images": ["AA=="]}]
    with pytest.raises(UsageError, match=r"Ollama fetches no images: give 'http://x/y.png' as a data: URL"):
        asked("ollama-chat", SHOWN)


def test_ollama_puts_no_template_around_another() -> None:
    assert asked("ollama-generate", Prompt((Message("user", "<user>a"),), 3, templated=True))["raw"] is True


def test_a_model_with_a_slash_in_its_name_stays_one_part_of_the_path() -> None:
    prompt = Prompt((Message("user", "a"),), max_tokens=3)
    assert DIALECTS["triton-generate"]().call(prompt, "a/b", {}).path == "/v2/models/a%2Fb/generate_stream"
    assert DIALECTS["kserve-v2"]().call(prompt, "a/b", {}).path == "/v2/models/a%2Fb/infer"


def test_fields_win_and_objects_are_merged() -> None:
    parameters = {"seed": 1, "details": False}
    body = asked("tgi-generate", Prompt((Message("user", "a"),), max_tokens=3), parameters=parameters, inputs="b")
    assert body == {"inputs": "b", "parameters": {"max_new_tokens": 3, "details": False, "seed": 1}}
    assert json.loads(encoded({"a": {"b": 1}, "c": 2}, {"a": 3, "c": {"d": 4}})) == {"a": 3, "c": {"d": 4}}


@pytest.mark.parametrize("url", ["http://x/y.png", "data:,a", "data:text/plain,a", "data:image/png;base64", ""])
def test_what_is_no_base64_is_taken_for_none(url: str) -> None:
    assert base64_of(url) is None
