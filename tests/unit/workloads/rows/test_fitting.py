from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from pytest_fmbench import jsonl
from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.prompt import Prompt
from tests.support.rows import asked, json_lines, letters


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    return json_lines(tmp_path / "x.jsonl", [{"text": "a" * length} for length in (3, 13, 23, 33)])


def test_a_range_of_tokens_counts_the_template_and_both_its_ends(texts: Path) -> None:
    rows = jsonl(texts, prompt="{text}", tokens=(20, 30)).fit(letters)  # 7 are the template's
    assert asked(rows, 2) == ["a" * 13, "a" * 23]
    assert rows.facts()["left_out"] == {"with fewer tokens": 1, "with more tokens": 1}
    assert rows.input_tokens(tried=None) == 25


def test_no_prompt_is_counted_as_it_will_be_asked(texts: Path) -> None:
    """Else the server's cache would know it in the run."""
    sent: list[str] = []

    def count(prompt: Prompt) -> int:
        sent.append(prompt.messages[0].content)
        return letters(prompt)

    rows = jsonl(texts, prompt="{text}", tokens=(None, 99)).fit(count)
    begins = tuple(text[:2] for text in asked(rows, 4))
    assert len(sent) == 6
    assert not any(text.startswith(begins) for text in sent)
    assert rows.least(seed=0).messages[0].content.endswith("\n\naaa")
    assert not rows.least(seed=0).messages[0].content.startswith(begins)


def test_what_the_server_does_not_take_is_left_out_or_cut(texts: Path) -> None:
    count = partial(letters, context=45)  # with the line that is put before
    rows = jsonl(texts, prompt="{text}", tokens=(None, 10_000)).fit(count)
    assert rows.facts()["left_out"] == {"with more tokens": 1}
    rows = jsonl(texts, prompt="{text}", tokens=(1, None)).fit(count)
    assert rows.facts()["left_out"] == {"longer than the server takes": 1}
    rows = jsonl(texts, prompt="{text}", most_input=25).fit(count)
    assert [len(text) for text in asked(rows, 4)] == [3, 13, 17, 17]  # of which one is for what the line may hide
    assert rows.notes() == ["2 of 4 prompts are cut in the middle to 25 tokens"]


def test_a_server_that_does_not_tell_is_no_filter(texts: Path) -> None:
    with pytest.raises(UsageError, match="does not tell"):
        jsonl(texts, prompt="{text}", tokens=(1, None)).fit(partial(letters, context=1))

    def throttled(prompt: Prompt) -> int:
        if "aaa" in prompt.messages[0].content:
            raise UsageError("status: 429")
        return letters(prompt)

    with pytest.raises(UsageError, match="status: 429"):
        jsonl(texts, prompt="{text}", tokens=(1, None)).fit(throttled)


def test_the_middle_is_cut_out_and_both_ends_stay(tmp_path: Path) -> None:
    text = "".join(chr(0x100 + nth) for nth in range(2_000))
    path = json_lines(tmp_path / "x.jsonl", [{"text": text}])
    counts = 0

    def count(prompt: Prompt) -> int:
        nonlocal counts
        counts += 1
        return letters(prompt)

    rows = jsonl(path, prompt="{text}", most_input=507).fit(count)
    (kept,) = asked(rows, 1)
    assert 489 <= len(kept) <= 500
    half = len(kept) // 2
    assert kept == text[: len(kept) - half] + text[-half:]
    assert rows.facts()["input_tokens"] == len(kept) + 7
    assert counts <= 8, "a cut takes few counts"


@pytest.mark.parametrize("share", [1, 3, 11])
def test_a_cut_holds_however_unlike_the_parts_of_a_text_are(tmp_path: Path, share: int) -> None:
    """Digits are a token each, letters four to a token."""
    path = json_lines(tmp_path / "x.jsonl", [{"text": "1" * (900 // share) + "word" * 500 + "7" * 300}])

    def count(prompt: Prompt) -> int:
        content = prompt.messages[0].content
        digits = sum(map(str.isdigit, content))
        return 5 + digits + (len(content) - digits) // 4

    rows = jsonl(path, prompt="{text}", most_input=400).fit(count)
    (kept,) = asked(rows, 1)
    assert count(rows.prompt(0, 0)) <= 400
    assert count(rows.prompt(0, 0)) >= 0.97 * 400
    assert kept.startswith("1")
    assert kept.endswith("7")


def test_a_template_that_is_too_long_alone(texts: Path) -> None:
    with pytest.raises(UsageError, match="4 whose template alone is too long"):
        jsonl(texts, prompt="{text}", most_input=5).fit(letters)


def test_prompts_before_the_model_is_known(texts: Path) -> None:
    with pytest.raises(UsageError, match="tokens= and most_input= take a model to count by"):
        jsonl(texts, prompt="{text}", tokens=(1, 2)).prompt(0, seed=0)
    jsonl(texts, prompt="{text}", tokens=(1, 2)).check()
    with pytest.raises(UsageError, match=r"no column|unknown column"):
        jsonl(texts, prompt="{txt}", tokens=(1, 2)).check()


def test_how_many_do_not_fit_is_known_where_they_were_counted(texts: Path) -> None:
    rows = jsonl(texts, prompt="{text}", tokens=(None, 99), output_tokens=10).fit(letters)
    assert rows.beyond(40) == 1
    assert jsonl(texts, prompt="{text}", output_tokens=10).fit(letters).beyond(40) == 0


def test_an_average_is_told_by_what_the_smallest_took(texts: Path) -> None:
    rows = jsonl(texts, prompt="{text}").fit(letters)
    smallest = letters(rows.least(seed=0))
    assert rows.input_tokens(tried=smallest) == round(smallest * max(1, 18 / (3 + len("Only counted:\n\n"))))
    assert rows.input_tokens(tried=None) is None
