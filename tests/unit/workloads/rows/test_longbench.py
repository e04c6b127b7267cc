from __future__ import annotations

import json
import sys
import zipfile
from importlib.resources import files
from pathlib import Path
from types import ModuleType

import pytest

from pytest_fmbench import longbench
from pytest_fmbench.errors import UnknownName, UsageError
from pytest_fmbench.workloads.rows.longbench import task_of
from pytest_fmbench.workloads.rows.template import Template
from tests.support.rows import asked, json_lines, letters

ITEM = {
    "input": "What is it?",
    "context": "A long text.",
    "answers": ["it"],
    "length": 6,
    "dataset": "qasper",
    "language": "en",
    "all_classes": None,
    "_id": "a1",
}
TASKS = json.loads((files("pytest_fmbench.workloads.rows") / "longbench.json").read_text("utf-8"))


def test_every_task_is_asked_of_context_and_input_only() -> None:
    assert len(TASKS) == 21
    assert sum(task["in_e"] for task in TASKS.values()) == 13
    for task in TASKS.values():
        assert "context" in Template(task["prompt"]).columns
        assert {*Template(task["prompt"]).columns} <= {"context", "input"}
        assert task["output_tokens"] in {32, 64, 128, 512}


def test_a_task_in_the_words_and_with_the_length_of_its_authors(tmp_path: Path) -> None:
    rows = longbench("qasper", json_lines(tmp_path / "qasper.jsonl", [ITEM]))
    (text,) = asked(rows, 1)
    assert text.startswith("You are given a scientific article and a question.")
    assert "\n\nArticle: A long text.\n\n Answer the question" in text
    assert text.endswith("\n\nQuestion: What is it?\n\nAnswer:")
    assert rows.prompt(0, 0).max_tokens == 128
    assert repr(rows) == "longbench('qasper')"


def test_a_folder_an_archive_and_the_even_lengths(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    json_lines(folder / "lcc.jsonl", [ITEM | {"context": "plain"}])
    json_lines(folder / "lcc_e.jsonl", [ITEM | {"context": "even"}])
    with zipfile.ZipFile(tmp_path / "data.zip", "w") as archive:
        for one in folder.iterdir():
            archive.write(one, f"data/{one.name}")
    for path in (folder, tmp_path / "data.zip"):
        assert asked(longbench("lcc", path), 1) == ["Please complete the code given below. \nplainNext line of code:\n"]
        assert "even" in asked(longbench("lcc_e", path), 1)[0]
    with pytest.raises(UsageError, match=r"holds no qmsum\.jsonl"):
        longbench("qmsum", folder)
    with pytest.raises(UsageError, match=r"holds no qmsum\.jsonl: is it LongBench's data\.zip"):
        longbench("qmsum", tmp_path / "data.zip").check()


def test_the_middle_is_cut_out_as_by_its_authors(tmp_path: Path) -> None:
    path = json_lines(tmp_path / "x.jsonl", [ITEM | {"context": "x" * 5_000}])
    rows = longbench("gov_report", path, most_input=1_000, output_tokens=9).fit(letters)
    (text,) = asked(rows, 1)
    assert 970 <= len(text) <= 993
    assert text.startswith("You are given a report")
    assert text.endswith("Summary:")
    assert rows.prompt(0, 0).max_tokens == 9


@pytest.mark.parametrize("task", ["qaspr", "narrativeqa_e", "", 3])
def test_a_task_that_is_none(task: str) -> None:
    with pytest.raises(UnknownName, match=r"unknown LongBench task .*Known: 2wikimqa, 2wikimqa_e, dureader"):
        task_of(task)


def test_a_damaged_archive(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "data.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data/lcc.jsonl", json.dumps(ITEM | {"context": [*range(2000)]}) * 99)
    data = bytearray((tmp_path / "data.zip").read_bytes())
    data[200:400] = bytes(200)
    (tmp_path / "data.zip").write_bytes(data)
    with pytest.raises(UsageError, match=r"cannot be read as LongBench's data\.zip"):
        longbench("lcc", tmp_path / "data.zip").check()


def test_without_network_the_way_out_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    hub = ModuleType("huggingface_hub")

    def hf_hub_download(*_: object, **__: object) -> str:
        raise OSError("no network\nmore")

    monkeypatch.setattr(hub, "hf_hub_download", hf_hub_download, raising=False)
    monkeypatch.setitem(sys.modules, "huggingface_hub", hub)
    with pytest.raises(
        UsageError, match=r"from the Hugging Face Hub: no network\. Where .*longbench\(TASK, 'data\.zip'\)"
    ):
        longbench("lcc").check()
