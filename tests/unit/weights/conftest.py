"""A Hugging Face Hub for tests, and the library that talks to it, both on this machine."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_fmbench.weights.fake_hub import FakeHub, serving


@pytest.fixture
def hub_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The library's cache and token file, in a folder of the test; it reads its variables when it is imported."""
    from huggingface_hub import constants

    home = tmp_path / "hf-home"
    for name, value in {
        "AGENT_HARNESSES_PATH": str(home / "harnesses.json"),
        "HF_HOME": str(home),
        "HF_HUB_CACHE": str(home / "hub"),
        "HF_HUB_DISABLE_PROGRESS_BARS": None,
        "HF_HUB_OFFLINE": False,
        "HF_TOKEN_PATH": str(home / "token"),
    }.items():
        monkeypatch.setattr(constants, name, value, raising=False)  # old releases lack some
    for variable in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr(time, "sleep", lambda _: None)  # it waits between its tries
    monkeypatch.chdir(tmp_path)
    return home / "hub"


@pytest.fixture
def hub(hub_cache: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    """Empty at first."""
    import huggingface_hub
    from huggingface_hub import constants

    assert not hub_cache.exists()
    fake = FakeHub()
    with serving(fake):
        monkeypatch.setattr(constants, "ENDPOINT", fake.url)
        monkeypatch.setattr(
            constants, "HUGGINGFACE_CO_URL_TEMPLATE", fake.url + "/{repo_id}/resolve/{revision}/{filename}"
        )
        yield fake
        getattr(huggingface_hub, "close_session", lambda: None)()


@pytest.fixture
def lines() -> list[str]:
    """What the user is told."""
    return []
