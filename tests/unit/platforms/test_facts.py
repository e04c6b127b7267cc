from __future__ import annotations

import socket
from collections.abc import Iterable, Iterator

import pytest

from pytest_fmbench.platforms.facts import facts_of
from pytest_fmbench.testing import serving
from pytest_fmbench.testing.asked import Asked
from pytest_fmbench.testing.responses import plain, refusal
from pytest_fmbench.testing.steps import Step

MODELS = {"data": [{"id": "m", "max_model_len": 4096, "ok": True, "share": 0.5, "parts": []}]}


def script(asked: Asked) -> Iterable[Step]:
    answers = {"/version": {"version": "0.32.0"}, "/v1/models": MODELS, "/list": [1]}
    return [plain(200, answers[asked.path]) if asked.path in answers else refusal(404, "no such route")]


@pytest.fixture
def port() -> Iterator[int]:
    with serving(script) as server:
        yield server.port


@pytest.mark.parametrize(
    ("path", "key", "found"),
    [
        ("/version", "version", "0.32.0"),
        ("/v1/models", "data.0.max_model_len", 4096),
        ("/v1/models", "data.0.ok", True),
        ("/v1/models", "data.0.share", 0.5),
        ("/list", "0", 1),
    ],
)
def test_a_fact_lies_at_a_dotted_key(port: int, path: str, key: str, found: object) -> None:
    assert facts_of("127.0.0.1", port, {"it": (path, key)}) == {"it": found}


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("/nowhere", "version"),
        ("/version", "build"),
        ("/version", "version.major"),
        ("/v1/models", "data.1.id"),
        ("/v1/models", "data.first.id"),
        ("/v1/models", "data.0.parts"),
        ("/v1/models", "data"),
    ],
)
def test_what_is_not_told_is_left_out(port: int, path: str, key: str) -> None:
    wanted = {"it": (path, key), "version": ("/version", "version")}
    assert facts_of("127.0.0.1", port, wanted) == {"version": "0.32.0"}


def test_nobody_who_answers_is_no_fault() -> None:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        assert facts_of("127.0.0.1", deaf.getsockname()[1], {"it": ("/", "a")}) == {}
