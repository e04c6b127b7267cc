"""Chat templates that are applied here, with a tokenizer that the test makes; the Hub is not asked."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from pytest_fmbench import jsonl
from pytest_fmbench.client.dialects.openai_chat import OpenAIChat
from pytest_fmbench.client.dialects.openai_completions import OpenAICompletions
from pytest_fmbench.errors import UsageError
from tests.support.rows import json_lines, letters

TEMPLATE = (
    "{{ bos_token }}{% for m in messages %}{% if m.role == 'system' %}{{ raise_exception('no system') }}{% endif %}"
    "<{{ m.role }}>{{ m.content }}</>{% endfor %}{% if add_generation_prompt %}<assistant>{% endif %}"
)


def tokenizer(folder: Path, template: str | None = TEMPLATE) -> Path:
    transformers = pytest.importorskip("transformers", reason="needs the extra `transformers`, too large for `test`")
    pytest.importorskip("jinja2", reason="needs the extra `transformers`, too large for `test`")
    tokenizers = pytest.importorskip("tokenizers")
    made = tokenizers.Tokenizer(tokenizers.models.WordLevel({"<s>": 0, "<unk>": 1}, unk_token="<unk>"))
    fast = transformers.PreTrainedTokenizerFast(tokenizer_object=made, bos_token="<s>", unk_token="<unk>")
    fast.chat_template = template
    fast.save_pretrained(folder)
    return folder


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    return json_lines(tmp_path / "x.jsonl", [{"text": "hello", "who": ""}, {"text": "b" * 100, "who": ""}])


def test_a_prompt_is_the_whole_text_without_the_token_that_servers_add(tmp_path: Path, texts: Path) -> None:
    rows = jsonl(texts, prompt="{text}", chat_template=tokenizer(tmp_path / "model"))
    prompt = rows.prompt(0, seed=0)
    assert [message.content for message in prompt.messages] == ["<user>hello</><assistant>"]
    assert b'"prompt":"<user>hello</><assistant>"' in OpenAICompletions().call(prompt, "m", {}).body
    with pytest.raises(UsageError, match=r"a server would put its own around them: .*openai-completions"):
        OpenAIChat().call(prompt, "m", {})


def test_tokens_are_those_of_the_whole_text_and_a_cut_leaves_the_template(tmp_path: Path, texts: Path) -> None:
    rows = jsonl(texts, prompt="{text}", chat_template=tokenizer(tmp_path / "model"), most_input=60).fit(letters)
    text = rows.prompt(1, seed=0).messages[0].content
    assert text.startswith("<user>bb")
    assert text.endswith("bb</><assistant>")
    assert 58 <= letters(rows.prompt(1, seed=0)) <= 60


def test_what_the_template_does_not_take_is_left_out(tmp_path: Path, texts: Path) -> None:
    rows = jsonl(texts, prompt="{text}", system="{who}", chat_template=tokenizer(tmp_path / "model"))
    with pytest.raises(UsageError, match="2 that the chat template does not take"):
        rows.check()


def test_a_tokenizer_without_a_template_or_none_at_all(tmp_path: Path, texts: Path) -> None:
    rows = jsonl(texts, prompt="{text}", chat_template=tokenizer(tmp_path / "model", template=None))
    with pytest.raises(UsageError, match="its tokenizer has no chat template"):
        rows.check()
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match="no tokenizer can be loaded from there"):
        jsonl(texts, prompt="{text}", chat_template=tmp_path / "empty").check()


def test_without_the_library(texts: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(UsageError, match=r"pip install 'pytest-fmbench\[transformers\]'"):
        jsonl(texts, prompt="{text}", chat_template="org/model").check()
