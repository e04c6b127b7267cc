from __future__ import annotations

import pickle
from dataclasses import replace
from pathlib import Path

import pytest

from pytest_fmbench import jsonl
from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.finite import Finite
from pytest_fmbench.model.prompt import Prompt
from pytest_fmbench.model.recorded import Recorded
from pytest_fmbench.model.workload import Fitted
from pytest_fmbench.runs.baselines.conditions import SAMPLED, asked
from tests.support.rows import QUESTIONS, json_lines, letters


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return json_lines(tmp_path / "q a.v1.jsonl", QUESTIONS)


def test_it_is_finite_and_fitted_and_has_no_times(path: Path) -> None:
    rows = jsonl(path, prompt="{question}")
    assert isinstance(rows, Finite)
    assert isinstance(rows, Fitted)
    assert not isinstance(rows, Recorded)


def test_what_is_fitted_travels_with_its_prompts(path: Path) -> None:
    fitted = jsonl(path, prompt="{question}").fit(letters)
    path.unlink()
    there = pickle.loads(pickle.dumps(fitted))  # noqa: S301  # our own
    assert [there.prompt(nth, 0) for nth in range(4)] == [fitted.prompt(nth, 0) for nth in range(4)]


def test_records_say_what_was_asked_and_ids_are_for_pytest(path: Path) -> None:
    rows = jsonl(path, prompt="{question}", tokens=(1, 90), rows=2, seed=0, where={"language": ("en", "de")})
    where = "where={'language': ('en', 'de')}"
    assert repr(rows) == f"jsonl('q a.v1.jsonl', prompt='{{question}}', tokens=(1, 90), rows=2, seed=0, {where})"
    assert repr(rows.fit(letters)) == repr(rows)
    assert str(rows) == "jsonl:q_a:rows-2:seed-0"


def test_a_template_of_a_file(path: Path, tmp_path: Path) -> None:
    (tmp_path / "t.txt").write_text("```\n{context}\n```\n\nQuestion: {question}\n", "utf-8")
    rows = jsonl(path, template=tmp_path / "t.txt")
    assert rows.prompt(0, 0).messages[0].content == "```\nThe sea is blue.\n```\n\nQuestion: Which colour?\n"
    (tmp_path / "t.txt").write_bytes(b"\xff")
    with pytest.raises(UsageError, match="it is no UTF-8 text"):
        jsonl(path, template=tmp_path / "t.txt")


def test_conditions_are_of_the_prompts_and_of_their_images(path: Path) -> None:
    rows = jsonl(path, prompt="{question}")
    assert asked(rows, 0) == asked(rows.fit(letters), 0)
    assert asked(rows, 0) != asked(jsonl(path, prompt="{context}"), 0)
    assert max(SAMPLED) > len(QUESTIONS)

    class Shown:
        def prompt(self, index: int, seed: int) -> Prompt:
            prompt = rows.prompt(index, seed)
            return replace(prompt, messages=(replace(prompt.messages[0], images=("data:image/png;base64,AA==",)),))

    assert asked(Shown(), 0) != asked(rows, 0)


def test_a_server_is_tried_with_enough_to_see_that_it_knows_ignore_eos(path: Path) -> None:
    assert jsonl(path, prompt="{question}", output_tokens=1).least(seed=0).max_tokens == 1
    assert jsonl(path, prompt="{question}", output_tokens=1, ignore_eos=True).least(seed=0).max_tokens == 4


def test_a_folder_without_a_name_has_one(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(path.parent)
    assert repr(jsonl(".", prompt="{question}")) == f"jsonl({path.parent.name!r}, prompt='{{question}}')"
