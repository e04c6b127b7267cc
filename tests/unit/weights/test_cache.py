from __future__ import annotations

from pathlib import Path

import pytest
from platformdirs import user_cache_path

from pytest_fmbench.weights import cache
from pytest_fmbench.weights.fake import fake_weights


def test_the_cache_is_where_the_variable_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FMBENCH_CACHE", str(tmp_path))
    assert cache.cache_root() == tmp_path


@pytest.mark.parametrize("value", ["", None])
def test_else_it_is_the_users(value: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("FMBENCH_CACHE", raising=False)
    if value is not None:
        monkeypatch.setenv("FMBENCH_CACHE", value)
    assert cache.cache_root() == user_cache_path("pytest-fmbench", appauthor=False)


def test_other_bytes_lie_in_another_folder(tmp_path: Path) -> None:
    first, second = fake_weights(tmp_path, b"one"), fake_weights(tmp_path, b"two")
    assert cache.place_of(first, tmp_path) == tmp_path / "weights" / first.sha256[:16] / "fake.gguf"
    assert cache.place_of(second, tmp_path).parent != cache.place_of(first, tmp_path).parent


def test_only_the_very_bytes_are_without_flaw(tmp_path: Path) -> None:
    weights, path = fake_weights(tmp_path, b"GGUF1"), tmp_path / "file"
    assert cache.flaw(path, weights) == "is missing"
    path.write_bytes(b"GGUF")
    assert cache.flaw(path, weights) == "has 4 bytes instead of 5"
    path.write_bytes(b"GGUF2")
    assert cache.flaw(path, weights) == f"has sha256 {cache.sha256_of(path)} instead of {weights.sha256}"
    path.write_bytes(b"GGUF1")
    assert cache.flaw(path, weights) is None
