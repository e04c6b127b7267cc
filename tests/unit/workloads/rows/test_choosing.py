from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from pytest_fmbench import jsonl
from pytest_fmbench.errors import UnknownName, UsageError
from tests.support.rows import QUESTIONS, asked, json_lines, letters

NUMBERS = [{"text": f"number {nth}", "even": nth % 2 == 0, "size": nth} for nth in range(100)]


@pytest.fixture
def numbers(tmp_path: Path) -> Path:
    return json_lines(tmp_path / "numbers.jsonl", NUMBERS)


def test_rows_come_as_they_stand_and_again(tmp_path: Path) -> None:
    path = json_lines(tmp_path / "q.jsonl", QUESTIONS)
    rows = jsonl(path, prompt="{context}\n{question}", system="Answer in {language}.", output_tokens="length")
    first, again = rows.prompt(0, seed=0), rows.prompt(3, seed=0)
    assert [(message.role, message.content) for message in first.messages] == [
        ("system", "Answer in en."),
        ("user", "The sea is blue.\nWhich colour?"),
    ]
    assert first == again
    assert [rows.prompt(nth, seed=0).max_tokens for nth in range(3)] == [3, 5, 7]


def test_another_seed_begins_elsewhere_in_the_same_order(numbers: Path) -> None:
    rows = jsonl(numbers, prompt="{text}")
    assert asked(rows, 3, seed=0) == ["number 0", "number 1", "number 2"]
    begins = [int(asked(rows, 1, seed=seed)[0].removeprefix("number ")) for seed in range(8)]
    assert begins == [0, 61, 23, 85, 47, 9, 70, 32]
    assert asked(rows, 100, seed=5) == asked(rows, 200)[9:109]


def test_filters_leave_out_and_say_so(numbers: Path) -> None:
    rows = jsonl(numbers, prompt="{text}", where={"size": (2, 3, 4), "even": True})
    assert asked(rows, 2) == ["number 2", "number 4"]
    facts = rows.facts()
    assert (facts["rows"], facts["requests"], facts["left_out"]) == (100, 2, {"by 'size'": 97, "by 'even'": 1})
    assert rows.notes() == [f"left out of 100 rows of {numbers}: 97 by 'size', 1 by 'even'"]


def test_a_language(tmp_path: Path) -> None:
    path = json_lines(tmp_path / "q.jsonl", [*QUESTIONS, {"context": "c"}])
    rows = jsonl(path, prompt="{context}", language="de")
    assert rows.facts()["left_out"] == {"by 'language'": 2, "without 'language'": 1}
    assert asked(rows, 1) == ["Das Meer ist blau."]


def test_the_first_rows_are_read_and_no_more(numbers: Path) -> None:
    numbers.write_bytes(numbers.read_bytes() + b"not JSON\n")
    assert jsonl(numbers, prompt="{text}", rows=5).facts()["rows"] == 5
    assert jsonl(numbers, prompt="{text}").facts()["left_out"] == {"not JSON": 1}


def test_a_sample_is_of_its_seed_and_of_all_rows(numbers: Path) -> None:
    def drawn(seed: int, count: int = 10) -> list[str]:
        return asked(jsonl(numbers, prompt="{text}", rows=count, seed=seed), count)

    assert drawn(1) == drawn(1)
    assert drawn(1)[:3] == ["number 13", "number 91", "number 35"]  # recorded samples stay what they are
    assert drawn(1) != drawn(2)
    assert len({*drawn(1)}) == 10
    assert drawn(1, 20)[:10] == drawn(1)
    often = Counter(text for seed in range(400) for text in drawn(seed))
    assert len(often) == 100
    assert max(often.values()) < 75  # 40 are to be expected, with a standard deviation of 6


def test_all_rows_in_a_random_order(numbers: Path) -> None:
    shuffled = asked(jsonl(numbers, prompt="{text}", seed=3), 100)
    assert sorted(shuffled) == sorted(str(row["text"]) for row in NUMBERS)
    assert shuffled != [row["text"] for row in NUMBERS]


def test_a_sample_is_filled_up_where_rows_are_left_out_for_their_tokens(tmp_path: Path) -> None:
    lengths = [20 if nth % 10 == 0 else 5 for nth in range(400)]
    path = json_lines(tmp_path / "x.jsonl", [{"text": f"{nth:<{lengths[nth]}}."} for nth in range(400)])
    counted: list[str] = []

    def count(prompt: Any) -> int:
        counted.append(prompt.messages[0].content)
        return letters(prompt)

    rows = jsonl(path, prompt="{text}", tokens=(20, None), rows=15, seed=7).fit(count)
    found = asked(rows, 15)
    assert len({*found}) == 15
    assert all(len(text) == 21 for text in found)
    assert len(counted) < 400, "rows are counted until there are enough"
    facts = rows.facts()
    assert facts["input_tokens"] == 28
    assert facts["left_out"] == {"with fewer tokens": len(counted) - 2 - 15}
    alone = asked(jsonl(path, prompt="{text}", tokens=(20, None), seed=7).fit(letters), 15)
    assert alone == found, "however many are wanted, they are the same"


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({}, "give either prompt=.* or template=FILE"),
        ({"prompt": "{text}", "template": "x"}, "give either prompt="),
        ({"prompt": "all alike"}, "names no column"),
        ({"prompt": 3}, r"prompt=3\): give text"),
        ({"prompt": "{text}", "system": 3}, r"system=3\): give text"),
        ({"prompt": "{text}", "images": None}, r"images=None\): give text"),
        ({"template": "nowhere.txt"}, "nowhere.txt.*: it cannot be read"),
        ({"prompt": "{text}", "rows": 0}, r"rows=0\): give a whole number from 1"),
        ({"prompt": "{text}", "rows": True}, "rows=True"),
        ({"prompt": "{text}", "seed": -1}, "seed=-1.* from 0"),
        ({"prompt": "{text}", "output_tokens": 0}, "output_tokens=0"),
        ({"prompt": "{text}", "tokens": (5, 4)}, r"tokens=\(5, 4\)\): give \(least, most\)"),
        ({"prompt": "{text}", "tokens": (-1, None)}, "tokens="),
        ({"prompt": "{text}", "tokens": 5}, "tokens=5"),
        ({"prompt": "{text}", "most_input": 2.5}, "most_input=2.5"),
        ({"prompt": "{text}", "where": "en"}, "where='en'"),
        ({"prompt": "{text}", "where": {"a": None}}, "where={'a': None}"),
        ({"prompt": "{text}", "ignore_eos": 1}, "ignore_eos=1"),
        ({"prompt": "{text}", "images": "i", "chat_template": "x"}, "a text holds no image"),
        ({"promt": "{text}"}, r"unknown option of jsonl\(\) 'promt', did you mean 'prompt'"),
    ],
)
def test_an_option_that_cannot_be(numbers: Path, options: dict[str, Any], problem: str) -> None:
    with pytest.raises(UsageError, match=problem):
        jsonl(numbers, **options)


@pytest.mark.parametrize("options", [{"prompt": "{txt}"}, {"prompt": "{text}", "where": {"txt": 1}}])
@pytest.mark.parametrize("rows", [3, 5000])
def test_a_column_that_no_row_has(tmp_path: Path, options: dict[str, Any], rows: int) -> None:
    path = json_lines(tmp_path / "x.jsonl", [{"text": "a", "size": 1}] * rows)
    with pytest.raises(
        UnknownName, match=r"unknown column of .*x.jsonl 'txt', did you mean 'text'\? Known: size, text"
    ):
        jsonl(path, **options).check()


def test_no_row_that_can_be_asked(tmp_path: Path) -> None:
    path = json_lines(tmp_path / "x.jsonl", [{"text": None}, {"text": " "}, {"text": 4, "n": "x"}, [1]])
    with pytest.raises(UsageError, match=r"holds no row that can be asked; left out of 4: .*1 with an empty prompt"):
        jsonl(path, prompt="{text}", output_tokens="n").check()


@pytest.mark.parametrize("length", [0, -3, "many", 2.5, None, True, 10**12])
def test_a_length_that_is_none(tmp_path: Path, length: object) -> None:
    path = json_lines(tmp_path / "x.jsonl", [{"text": "a", "n": length}, {"text": "b", "n": "12"}])
    rows = jsonl(path, prompt="{text}", output_tokens="n")
    assert [rows.prompt(nth, seed=0).max_tokens for nth in range(2)] == [12, 12]
    assert sum(rows.facts()["left_out"].values()) == 1


def test_half_a_character_cannot_be_sent(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_bytes(b'{"text": "\\ud800"}\n{"text": "fine \\ud83d\\ude00"}\n')
    rows = jsonl(path, prompt="{text}")
    assert asked(rows, 1) == ["fine \U0001f600"]
    assert sum(rows.facts()["left_out"].values()) == 1
