"""Images and chat templates in requests: what a dialect cannot carry is refused before anything is sent."""

from __future__ import annotations

import json

import pytest

from pytest_fmbench.client.dialects.openai_chat import OpenAIChat, OpenAIChatWhole
from pytest_fmbench.client.dialects.openai_completions import OpenAICompletions, OpenAICompletionsWhole
from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.prompt import Message, Prompt

URL = "data:image/png;base64,AA=="
SHOWN = Prompt((Message("system", "Look."), Message("user", "What is it?", (URL, "http://x/y.png"))), max_tokens=3)


@pytest.mark.parametrize("dialect", [OpenAIChat(), OpenAIChatWhole()])
def test_a_chat_shows_images_as_parts_of_the_message(dialect: OpenAIChat) -> None:
    assert json.loads(dialect.call(SHOWN, "m", {}).body)["messages"] == [
        {"role": "system", "content": "Look."},
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "What is it?"},
                {"type": "image_url", "image_url": {"url": URL}},
                {"type": "image_url", "image_url": {"url": "http://x/y.png"}},
            ],
        },
    ]


@pytest.mark.parametrize("dialect", [OpenAICompletions(), OpenAICompletionsWhole()])
def test_completions_show_none(dialect: OpenAICompletions) -> None:
    with pytest.raises(UsageError, match="carry no images: ask with the dialect openai-chat"):
        dialect.call(SHOWN, "m", {})


@pytest.mark.parametrize("dialect", [OpenAIChat(), OpenAIChatWhole()])
def test_a_chat_puts_no_template_around_another(dialect: OpenAIChat) -> None:
    text = Prompt((Message("user", "<user>hello"),), max_tokens=3, templated=True)
    with pytest.raises(UsageError, match=r"whole texts, and a server would put its own around them"):
        dialect.call(text, "m", {})
    assert json.loads(OpenAICompletions().call(text, "m", {}).body)["prompt"] == "<user>hello"
