from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import pytest

from pytest_fmbench.load.arrivals import Load, closed, poisson
from pytest_fmbench.model.conditions import GROUPS, Plain, differences
from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.endpoint import Endpoint
from pytest_fmbench.model.prompt import Message, Prompt
from pytest_fmbench.model.secret import Secret
from pytest_fmbench.model.workload import Workload
from pytest_fmbench.runs.baselines.conditions import asked, conditions_of
from pytest_fmbench.runs.ready.preflight import fingerprint_in
from pytest_fmbench.workloads.chat import chat

ENDPOINT = Endpoint("http://secret-host:1/v1", "m", "openai-chat", headers={"X-Key": Secret("hunter2")})


@dataclass
class Served:
    """A server of this version."""

    version: str = "1.0"
    endpoint: Endpoint = ENDPOINT
    foreign: bool = False
    facts: Mapping[str, Plain] = field(default_factory=dict)

    def failure(self) -> str | None:
        return None

    def log_tail(self) -> Sequence[str]:
        return ()

    def stop(self) -> None:
        return


@dataclass
class Setting:
    """What conditions are made of; each test changes one thing."""

    deployment: Deployment = field(default_factory=lambda: Deployment("m", "llamacpp"))
    server: Served = field(default_factory=Served)
    fingerprint: str = "fp"
    workload: Workload = field(default_factory=lambda: chat(8))
    load: Load = field(default_factory=lambda: closed(2))
    seed: int = 0

    def conditions(self) -> dict[str, dict[str, str | int | float | bool | None]]:
        more = {"workload": self.workload, "load": self.load, "seed": self.seed}
        return conditions_of(self.deployment, self.server, fingerprint=self.fingerprint, **more)  # type: ignore[arg-type]  # a dict's values are of several types


@dataclass(frozen=True)
class Sloppy:
    """A workload that calls itself something else each time, and asks the same."""

    stamp: object = field(default_factory=object)
    text: str = "hello"
    most: int = 4

    def prompt(self, index: int, seed: int) -> Prompt:
        return Prompt((Message("user", f"{self.text} {index} {seed}"),), max_tokens=self.most)


def test_they_are_plain_and_the_same_each_time() -> None:
    found = Setting().conditions()
    assert found == Setting().conditions() == json.loads(json.dumps(found))
    assert tuple(found) == GROUPS


@pytest.mark.parametrize(
    ("changed", "groups"),
    [
        ({"server": Served("1.1")}, ["stack"]),
        ({"server": Served(facts={"image": "sha256:1"})}, ["stack"]),
        ({"fingerprint": "other"}, ["stack"]),
        ({"deployment": Deployment("m", "llamacpp", options={"threads": 2})}, ["deployment"]),
        ({"deployment": Deployment("m", "llamacpp", quantization="q8_0")}, ["deployment"]),
        ({"deployment": Deployment("m", "llamacpp", "url:http://x/v1")}, ["deployment"]),
        ({"workload": chat(9)}, ["workload"]),
        ({"seed": 1}, ["workload"]),
        ({"load": closed(3)}, ["load"]),
        ({"load": poisson(2.00001)}, ["load"]),
        ({"server": Served(endpoint=replace(ENDPOINT, http2=True))}, ["client"]),
        ({"server": Served(endpoint=replace(ENDPOINT, base_url="http://elsewhere/v1"))}, []),
    ],
)
def test_each_thing_that_figures_depend_on_shows(changed: dict[str, object], groups: list[str]) -> None:
    other = Setting(**changed).conditions()  # type: ignore[arg-type]  # fields of several types
    assert [*differences(Setting().conditions(), other)] == groups


def test_arrivals_show_in_full_where_their_name_is_short() -> None:
    first, second = (Setting(load=poisson(rate)).conditions()["load"] for rate in (2.00001, 2.00002))
    assert str(poisson(2.00001)) == str(poisson(2.00002))
    assert first != second


def test_they_hold_no_secret_and_no_host() -> None:
    deployment = Deployment("/home/somebody/m.gguf", "endpoint", "url:http://secret-host:1/v1")
    text = json.dumps(Setting(deployment=deployment).conditions())
    assert not [one for one in ("secret-host", "hunter2", "somebody") if one in text]


def test_what_is_asked_counts_and_not_what_it_is_called() -> None:
    assert asked(Sloppy(), 0) == asked(Sloppy(), 0)
    assert len({asked(one, 0) for one in (Sloppy(), Sloppy(text="bye"), Sloppy(most=5))}) == 3
    assert asked(Sloppy(), 0) != asked(Sloppy(), 1)


@pytest.mark.parametrize(
    ("response", "fingerprint"),
    [
        (b'data: {"id":"x","system_fingerprint":"fp_44709d6fcb"}\n\n', "fp_44709d6fcb"),
        (b'{"system_fingerprint" : "b5050-abc", "x": 1}{"system_fingerprint":"later"}', "b5050-abc"),
        (b'{"system_fingerprint":null}', "unknown"),
        (b'{"system_fingerprint":""}', "unknown"),
        (b'{"content":"\\"system_fingerprint\\":\\"forged\\""}', "unknown"),
        (b'{"system_fingerprint":"' + b"x" * 201 + b'"}', "unknown"),
        (b'{"system_fingerprint":"\xff"}', "\ufffd"),
        (b"", "unknown"),
    ],
)
def test_a_server_may_call_its_set_up_something(response: bytes, fingerprint: str) -> None:
    assert fingerprint_in(response) == fingerprint
