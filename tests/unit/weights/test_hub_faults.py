from __future__ import annotations

import socket
import traceback
from pathlib import Path

import pytest
from huggingface_hub import constants
from huggingface_hub.errors import LocalEntryNotFoundError, OfflineModeIsEnabled

from pytest_fmbench.errors import FetchError, UnknownName, UsageError
from pytest_fmbench.weights.fake_hub import FakeHub
from pytest_fmbench.weights.fetch import locate
from pytest_fmbench.weights.hub_faults import fault_of

CONTENT = b"GGUF" + b"7" * 100_000
TOKEN = "hf_this-must-not-be-seen"


@pytest.fixture(autouse=True)
def repositories(hub: FakeHub) -> None:
    hub.repositories["org/name"] = {"m-Q4_0.gguf": CONTENT}


def fails(kind: type[Exception], match: str, model: str = "org/name") -> str:
    """The error as a person would see it, with everything that hangs on it."""
    with pytest.raises(kind, match=match) as caught:
        locate(model, progress=lambda _: None)
    assert f"model {model!r}: " in str(caught.value)
    return "".join(traceback.format_exception(caught.value))


def whole_files(cache: Path) -> list[Path]:
    files = [path for path in cache.rglob("*") if path.is_file() and path.suffix != ".incomplete"]
    return [path for path in files if path.suffix == ".gguf" or path.stat().st_size >= len(CONTENT)]


def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
    monkeypatch.setattr(constants, "ENDPOINT", url)
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", url + "/{repo_id}/resolve/{revision}/{filename}")


def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)


def test_an_unknown_repository(hub: FakeHub, monkeypatch: pytest.MonkeyPatch) -> None:
    fails(UsageError, r"no file here .* no such repository, or a private one \(no token is set\)\. Check", "org/gone")
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    hub.token = TOKEN
    fails(UsageError, r"no such repository, or a private one \(your token does not open it\)", "org/gone/m.gguf")


@pytest.mark.parametrize("model", ["org/" + "x" * 5000, "org/a--b", "org/name."])
def test_an_impossible_id(model: str, hub: FakeHub) -> None:
    fails(UsageError, "no file here has that path, and it is no Hugging Face id.*An id is org/name or", model)
    assert hub.asked == []


def test_a_token_is_sent_but_never_shown(hub: FakeHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    shown = fails(
        FetchError, r"answered 401 \(.*\); your token does not open it\. To use another token, set HF_TOKEN or"
    )
    assert {one.authorization for one in hub.asked if "/models/" in one.path} == {f"Bearer {TOKEN}"}
    assert TOKEN not in shown
    assert fault_of(OSError(f"what is {TOKEN}")).happened.endswith("failed (what is ***)")


def test_a_gated_repository(hub: FakeHub, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.gated.add("org/name")
    fails(FetchError, r"it is gated, and no token is set\. Ask for access on its page .* set HF_TOKEN or run `hf auth")
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    hub.token = TOKEN
    assert TOKEN not in fails(FetchError, "it is gated, and your token does not open it")


@pytest.mark.parametrize(
    ("status", "match"),
    [
        (403, r"answered 403 \(.*no token is set\. To use another token"),
        (429, r"answered 429 \(.*Try again later, or pass the path"),
        (500, r"answered 500 \(.*Try again later, or pass the path"),
        (200, r"fetching from 127\.0\.0\.1:\d+ failed \(.*Check the network and HF_ENDPOINT"),
    ],
)
def test_a_hub_that_answers_something_else(status: int, match: str, hub: FakeHub) -> None:
    hub.status = status
    fails(FetchError, match)


def test_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    no_network(monkeypatch)
    fails(FetchError, r"fetching from 127\.0\.0\.1:\d+ failed \(.*refused.*\)\. Check the network and HF_ENDPOINT")


def test_offline_without_a_cache(hub: FakeHub, monkeypatch: pytest.MonkeyPatch) -> None:
    offline(monkeypatch)
    fails(FetchError, r"HF_HUB_OFFLINE is set\. The hub's cache does not hold it: unset HF_HUB_OFFLINE")
    assert hub.asked == []


@pytest.mark.parametrize("trouble", [offline, no_network])
@pytest.mark.parametrize("model", ["org/name", "org/name/m-Q4_0.gguf"])
def test_what_the_cache_holds_serves_where_the_hub_does_not(
    model: str, trouble: object, lines: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert callable(trouble)
    path = locate(model, "q4_0", progress=lambda _: None)
    trouble(monkeypatch)
    assert locate(model, "Q4_0", progress=lines.append) == path
    assert len(lines) == 1
    assert lines[0].endswith("; using m-Q4_0.gguf of the hub's cache")
    assert path.read_bytes() == CONTENT


def test_another_file_in_the_cache_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    locate("org/name", progress=lambda _: None)
    offline(monkeypatch)
    fails(FetchError, "HF_HUB_OFFLINE is set", "org/name/other.gguf")


def test_a_file_that_is_shorter_than_announced(hub: FakeHub, hub_cache: Path, lines: list[str]) -> None:
    hub.announces = 10
    fails(FetchError, r"failed \(Consistency check failed: file should be of size 100014 but has size 100004")
    assert whole_files(hub_cache) == []
    hub.announces = 0
    assert locate("org/name", progress=lines.append).read_bytes() == CONTENT


def test_a_hub_that_dies_on_the_way_is_tried_again(hub: FakeHub, hub_cache: Path, lines: list[str]) -> None:
    hub.dies_after = 50_000
    fails(FetchError, r"fetching from 127\.0\.0\.1:\d+ failed \(.*try again")
    assert whole_files(hub_cache) == []
    hub.dies_after = None
    assert locate("org/name", progress=lines.append).read_bytes() == CONTENT


def test_a_cache_that_cannot_be_written(hub_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hub_cache.parent.mkdir()
    hub_cache.write_text("in the way")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(hub_cache / "hub"))
    fails(
        FetchError,
        r"it cannot be kept in the hub's cache \(.*\)\. Make room or mend the permissions, or name .*HF_HOME",
    )


def test_addresses_lose_their_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "ENDPOINT", f"https://me:{TOKEN}@mirror.example")
    fault = fault_of(OSError(f"no: https://me:{TOKEN}@mirror.example/m.gguf?Signature={TOKEN}&Expires=1 broke"))
    assert fault.happened == "fetching from mirror.example failed (no: https://mirror.example/m.gguf broke)"


def test_an_error_about_the_cache_is_its_cause() -> None:
    error = LocalEntryNotFoundError("not in the cache")
    assert "not in the cache" in fault_of(error).happened
    error.__cause__ = OfflineModeIsEnabled("switched off")
    assert fault_of(error) == fault_of(error.__cause__)


def test_unknown_names_stay_unknown_names() -> None:
    with pytest.raises(UnknownName):
        locate("org/name", "q9", progress=lambda _: None)
