"""Data sets through Hugging Face ``datasets``, of files that lie here; the Hub is not asked."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from pytest_fmbench import dataset
from pytest_fmbench.errors import UsageError
from tests.support.rows import QUESTIONS, asked, csv_file, json_lines, parquet_file

pytestmark = pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")  # some releases leave files open


@pytest.fixture
def datasets(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    module = pytest.importorskip("datasets", reason="needs the extra `datasets`, which is too large for `test`")
    monkeypatch.setattr(module.config, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(module.config, "HF_DATASETS_CACHE", tmp_path_factory.mktemp("cache"))
    module.disable_progress_bars()
    yield module
    gc.collect()  # here, where those files are known


@pytest.mark.usefixtures("datasets")
@pytest.mark.parametrize("streaming", [False, True])
@pytest.mark.parametrize("name", ["q.jsonl", "q.csv", "q.parquet"])
def test_a_file(tmp_path: Path, name: str, streaming: bool) -> None:
    write = {".jsonl": json_lines, ".csv": csv_file, ".parquet": parquet_file}[Path(name).suffix]
    rows = dataset(
        write(tmp_path / name, QUESTIONS),
        streaming=streaming,
        prompt="{context}",
        language="en",
        output_tokens="length",
    )
    assert asked(rows, 2) == ["The sea is blue.", "The sky is grey {today}."]
    assert rows.prompt(1, 0).max_tokens == 7


def test_a_folder_and_a_saved_data_set_by_split(tmp_path: Path, datasets: Any) -> None:
    (tmp_path / "plain").mkdir()
    parquet_file(tmp_path / "plain" / "test-00000-of-00001.parquet", QUESTIONS[:1])
    assert asked(dataset(tmp_path / "plain", split="test", prompt="{context}"), 1) == ["The sea is blue."]
    saved = datasets.DatasetDict(test=datasets.Dataset.from_list(QUESTIONS[1:]))
    saved.save_to_disk(str(tmp_path / "saved"))
    rows = dataset(tmp_path / "saved", split="test", prompt="{context}")
    assert asked(rows, 1) == ["Das Meer ist blau."]
    assert repr(rows) == "dataset('saved', split='test', prompt='{context}')"
    with pytest.raises(UsageError, match=r"unknown split of .*saved 'train'. Known: test"):
        dataset(tmp_path / "saved", prompt="{context}").check()


def test_images_come_as_they_are(tmp_path: Path, datasets: Any) -> None:
    png = b"\x89PNG\r\n\x1a\n..."
    features = datasets.Features({"q": datasets.Value("string"), "i": datasets.Image()})
    table = pa.Table.from_pylist([{"q": "what?", "i": {"bytes": png, "path": None}}], features.arrow_schema)
    datasets.Dataset(datasets.table.InMemoryTable(table)).save_to_disk(str(tmp_path / "saved"))
    rows = dataset(tmp_path / "saved", prompt="{q}", images="i")
    assert rows.prompt(0, 0).messages[0].images[0].startswith("data:image/png;base64,iVBORw0KGgo")


@pytest.mark.usefixtures("datasets")
def test_what_cannot_be_loaded(tmp_path: Path) -> None:
    path = json_lines(tmp_path / "q.jsonl", QUESTIONS)
    with pytest.raises(UsageError, match=r"q\.jsonl \(nope\) cannot be loaded: Unknown split .nope."):
        dataset(path, split="nope", prompt="{context}").check()
    with pytest.raises(UsageError, match=r"unknown column of .*q\.jsonl \(train\) 'contxt', did you mean 'context'"):
        dataset(path, prompt="{contxt}").check()
    path.write_text('{"context": "cut')
    for streaming in (False, True):
        with pytest.raises(UsageError, match=r"q\.jsonl \(train\) cannot be loaded: "):
            dataset(path, streaming=streaming, prompt="{context}").check()
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match=r"empty \(train\) cannot be loaded: "):
        dataset(tmp_path / "empty", prompt="{context}").check()


@pytest.mark.usefixtures("datasets")
@pytest.mark.parametrize("streaming", [False, True])
def test_without_network_the_local_way_is_told(streaming: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    rows = dataset("hf:nobody/nothing", revision="main", streaming=streaming, prompt="{a}")
    with pytest.raises(UsageError, match=r"hf:nobody/nothing \(train\) cannot be loaded: .*parquet\('FILE\.parquet'\)"):
        rows.check()


@pytest.mark.usefixtures("datasets")
def test_what_is_neither_here_nor_named_as_of_the_hub(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such file or folder; a data set of the Hub is named 'hf:org/name'"):
        dataset("org/name", prompt="{a}")
    (tmp_path / "x.bin").write_bytes(b"")
    with pytest.raises(UsageError, match=r"its name should end in one of \.json"):
        dataset(tmp_path / "x.bin", prompt="{a}")
    with pytest.raises(UsageError, match="only data sets of the Hub have revisions"):
        dataset(tmp_path, revision="main", prompt="{a}")


def test_without_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(UsageError, match=r"pip install 'pytest-fmbench\[datasets\]'; files are also read by jsonl\(\)"):
        dataset("hf:org/name", prompt="{a}")
