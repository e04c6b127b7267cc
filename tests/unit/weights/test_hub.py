from __future__ import annotations

import io
import sys
from importlib import import_module
from pathlib import Path

import pytest

from pytest_fmbench.errors import FetchError, UnknownName, UsageError
from pytest_fmbench.weights.fake_hub import FakeHub
from pytest_fmbench.weights.fetch import locate
from pytest_fmbench.weights.hub_progress import telling

Q4, Q8 = b"GGUF" + b"4" * 3000, b"GGUF" + b"8" * 5000
BARS = "huggingface_hub.http_get"


@pytest.fixture(autouse=True)
def repositories(hub: FakeHub) -> None:
    hub.repositories["org/name"] = {"README.md": b"# m", "m-Q4_K_M.gguf": Q4, "deep/m-Q8_0.gguf": Q8}
    hub.repositories["org/only"] = {"README.md": b"# m", "m.gguf": Q4, "mmproj-m.gguf": Q8}


@pytest.mark.parametrize(
    ("model", "quantization", "content"),
    [
        ("org/name", "q4_k_m", Q4),
        ("org/name", "Q4_K_M", Q4),
        ("org/name", "q8_0", Q8),
        ("org/name/m-Q4_K_M.gguf", None, Q4),
        ("org/name/m-Q8_0.gguf", "my-label", Q8),
        ("org/only", None, Q4),
    ],
)
def test_the_file_is_fetched_into_the_hubs_cache(
    model: str, quantization: str | None, content: bytes, hub_cache: Path, lines: list[str]
) -> None:
    path = locate(model, quantization, progress=lines.append)
    assert path.read_bytes() == content
    assert hub_cache in path.parents


def test_it_is_fetched_once(hub: FakeHub, lines: list[str]) -> None:
    path = locate("org/only", progress=lines.append)
    host = hub.url.removeprefix("http://")
    assert lines[0] == f"fetching org/only/m.gguf (0 MB) from {host}, once"
    assert lines[-1] == f"org/only/m.gguf is now at {path}"
    lines.clear()
    assert locate("org/only", progress=lines.append) == path
    assert lines == []
    assert hub.bodies_asked() == ["/org/only/resolve/main/m.gguf"]


def test_a_newer_one_is_fetched(hub: FakeHub, lines: list[str]) -> None:
    locate("org/only", progress=lambda _: None)
    hub.commit, hub.repositories["org/only"]["m.gguf"] = "beef" * 10, Q8
    assert locate("org/only", progress=lines.append).read_bytes() == Q8
    assert lines[0].startswith("fetching org/only/m.gguf")


def test_it_is_told_how_far_it_is(hub: FakeHub, lines: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.DOWNLOAD_CHUNK_SIZE", 1_000_000)
    hub.repositories["org/only"]["m.gguf"] = b"GGUF" + bytes(2_999_996)
    locate("org/only", progress=lines.append)
    assert lines[1:-1] == [f"fetched {size} of 3 MB" for size in (1, 2, 3)]


def test_two_bars_of_one_download_are_told_as_one(lines: list[str]) -> None:
    make = telling(lines.append)["tqdm_class"]
    disk, network = (make(total=20_000_000, disable=True) for _ in range(2))
    for size in (6_000_000, 5_000_000, 9_000_000):
        network.update(size)
        disk.update(size)
    network.update(9_000_000)  # what is sent again counts on the network
    disk.close()
    assert lines == [f"fetched {size} of 20 MB" for size in (6, 11, 20)]


def test_the_librarys_bars_are_off_meanwhile_and_as_before_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import hf_hub_download
    from huggingface_hub.utils.tqdm import are_progress_bars_disabled

    monkeypatch.setenv("TQDM_POSITION", "-1")  # the library's way of drawing bars without a terminal
    monkeypatch.setattr(sys, "stderr", shown := io.StringIO())
    seen = []
    locate("org/only", progress=lambda _: seen.append(are_progress_bars_disabled(BARS)))
    assert shown.getvalue() == ""
    assert not are_progress_bars_disabled(BARS)
    hf_hub_download("org/only", "mmproj-m.gguf")
    assert "mmproj-m.gguf" in shown.getvalue()


def test_bars_that_the_user_has_switched_off_stay_off(lines: list[str]) -> None:
    from huggingface_hub.utils.tqdm import are_progress_bars_disabled, disable_progress_bars, enable_progress_bars

    disable_progress_bars()
    try:
        locate("org/only", progress=lines.append)
        assert are_progress_bars_disabled(BARS)
    finally:
        enable_progress_bars()


def test_what_the_user_says_of_bars_in_the_environment_stays(lines: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    # Both are there before either is changed: the second copies the first's word when it is imported.
    for module in [import_module(f"huggingface_hub.{name}") for name in ("constants", "utils.tqdm")]:
        monkeypatch.setattr(module, "HF_HUB_DISABLE_PROGRESS_BARS", False)
    assert locate("org/only", progress=lines.append).read_bytes() == Q4  # a warning of the library would be an error


@pytest.mark.parametrize("model", ["org/name", "org/name/m-Q4_K_M.gguf"])
def test_a_local_path_wins(model: str, hub: FakeHub, tmp_path: Path, lines: list[str]) -> None:
    path = tmp_path / model
    path.parent.mkdir(parents=True)
    path.write_bytes(b"GGUF" + bytes(20))
    assert locate(model, "q4_k_m", progress=lines.append) == path
    assert hub.asked == []


def test_what_there_is_is_listed_where_several_or_none_fit(hub: FakeHub, lines: list[str]) -> None:
    with pytest.raises(UsageError, match=r"has 2 GGUF files: deep/m-Q8_0\.gguf, m-Q4_K_M\.gguf"):
        locate("org/name", progress=lines.append)
    with pytest.raises(UnknownName, match=r"unknown quantization of org/name 'q5_0'\. Known: deep/m-Q8_0\.gguf, m-"):
        locate("org/name", "q5_0", progress=lines.append)
    with pytest.raises(UnknownName, match=r"unknown GGUF file of org/name 'gone\.gguf'"):
        locate("org/name/gone.gguf", progress=lines.append)
    assert hub.bodies_asked() == lines == []


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"version https://git-lfs", "is not a GGUF file: it starts with b'version"),
        (b"", "is empty"),
        (b"GG", "is cut"),
    ],
)
def test_what_is_no_gguf_file_is_refused(content: bytes, problem: str, hub: FakeHub, lines: list[str]) -> None:
    hub.repositories["org/only"]["m.gguf"] = content
    with pytest.raises(FetchError, match=rf"model 'org/only': m\.gguf, as the hub's cache holds it, {problem}.*delete"):
        locate("org/only", progress=lines.append)


def test_without_the_library_its_installation_is_named(monkeypatch: pytest.MonkeyPatch, lines: list[str]) -> None:
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(UsageError, match=r"'org/only': no file here .*pip install 'pytest-fmbench\[hf\]', or pass the"):
        locate("org/only", progress=lines.append)
