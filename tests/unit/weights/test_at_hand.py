from __future__ import annotations

import json
from pathlib import Path

import pytest

from pytest_fmbench.weights.at_hand import at_hand, hub_cache
from pytest_fmbench.weights.cache import CACHE_VARIABLE, place_of
from pytest_fmbench.weights.pinned import PINNED
from tests.support.gguf import gguf

CONFIG = {"model_type": "llama", "hidden_size": 8}
HEADER = {"general.architecture": "llama", "llama.block_count": 3}


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing that the user has is seen."""
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)


def snapshot(tmp_path: Path, repository: str = "org/name") -> Path:
    folder = tmp_path / "hub" / f"models--{repository.replace('/', '--')}"
    made = folder / "snapshots" / "abc"
    made.mkdir(parents=True)
    (folder / "refs").mkdir()
    (folder / "refs" / "main").write_text("abc\n")
    return made


def test_a_folder_has_a_configuration(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps(CONFIG))
    found = at_hand(str(tmp_path), None)
    assert found
    assert (found.config, found.size) == (CONFIG, 0)


@pytest.mark.parametrize("content", ["", "[1]", "{", "{}"])
def test_a_configuration_that_says_nothing_is_none(tmp_path: Path, content: str) -> None:
    (tmp_path / "config.json").write_text(content)
    assert at_hand(str(tmp_path), None) is None


def test_a_gguf_file_has_a_header_and_a_size(tmp_path: Path) -> None:
    path = tmp_path / "m.gguf"
    path.write_bytes(gguf(HEADER))
    found = at_hand(str(path), "q4_0")
    assert found
    assert (found.metadata, found.size) == (HEADER, path.stat().st_size)
    path.write_bytes(b"no model")
    assert at_hand(str(path), None) is None


def test_a_pinned_model_is_looked_for_where_it_is_kept(tmp_path: Path) -> None:
    assert at_hand(PINNED[0].model, None) is None
    place = place_of(PINNED[0], tmp_path / "cache")
    place.parent.mkdir(parents=True)
    place.write_bytes(gguf(HEADER))
    assert at_hand(PINNED[0].model, None) == at_hand(PINNED[0].model, PINNED[0].quantization) != None  # noqa: E711
    assert at_hand(PINNED[0].model, "q8_0") is None


def test_an_id_is_looked_for_in_the_hub_s_cache(tmp_path: Path) -> None:
    assert at_hand("org/name", None) is None
    made = snapshot(tmp_path)
    assert at_hand("org/name", None) is None, "no config.json"
    (made / "config.json").write_text(json.dumps(CONFIG))
    found = at_hand("org/name", "awq")
    assert found
    assert found.config == CONFIG


def test_of_several_files_the_one_that_is_meant_counts(tmp_path: Path) -> None:
    made = snapshot(tmp_path)
    (made / "config.json").write_text(json.dumps(CONFIG))
    for name in ("m-Q4_K_M.gguf", "m-Q8_0.gguf"):
        (made / name).write_bytes(gguf(HEADER | {"general.name": name}))
    for model, quantization in (("org/name", "q8_0"), ("org/name/m-Q8_0.gguf", None)):
        found = at_hand(model, quantization)
        assert found
        assert found.metadata["general.name"] == "m-Q8_0.gguf"
    found = at_hand("org/name", None)
    assert found
    assert found.config == CONFIG


@pytest.mark.parametrize(
    ("variables", "folder"),
    [
        ({"HF_HUB_CACHE": "/a"}, "/a"),
        ({"HUGGINGFACE_HUB_CACHE": "/b"}, "/b"),
        ({"HF_HOME": "/c"}, "/c/hub"),
        ({"XDG_CACHE_HOME": "/d"}, "/d/huggingface/hub"),
    ],
)
def test_the_hub_s_cache_is_where_its_library_keeps_it(
    variables: dict[str, str], folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    assert hub_cache() == Path("~/.cache/huggingface/hub").expanduser()
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert hub_cache() == Path(folder)


def test_a_name_that_is_nothing_is_none() -> None:
    assert at_hand("whatever", None) is None
