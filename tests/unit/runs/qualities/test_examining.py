"""Whose server is started for a task, and which answers of before stand beside new ones."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import pytest

from pytest_fmbench.catalog import DIALECTS, METRICS
from pytest_fmbench.errors import StoreError
from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.endpoint import Endpoint
from pytest_fmbench.quality.task import Task
from pytest_fmbench.runs.cap import TokenCap
from pytest_fmbench.runs.measure import Measuring
from pytest_fmbench.runs.observer import Observer
from pytest_fmbench.runs.pool import Pool
from pytest_fmbench.runs.qualities.examining import Examiner
from pytest_fmbench.runs.qualities.given import Given
from pytest_fmbench.runs.qualities.reading import StoreText
from pytest_fmbench.store.table import read_measurement
from pytest_fmbench.workloads.rows.fitting import Count
from tests.support.answers import item
from tests.support.mock_server import END, HEAD, Asked, Step, delta, plain, serving, sse, usage
from tests.unit.runs.test_measure import Somebodys

ONE = Deployment("org/small", "endpoint", "url:http://127.0.0.1:9/v1")
TASK = Task("letters", tuple(item(name, answers=("yes",)) for name in "abcd"))


class Talker(Observer):
    def __init__(self) -> None:
        self.lines = list[str]()

    def say(self, line: str) -> None:
        self.lines.append(line)


@dataclass
class Place:
    """A model behind a server of llama.cpp's routes, and how often it was started.

    :param ids: the tokens that a text becomes; None where the server does not say it.
    :param broken: a question for which it fails.
    """

    folder: Path
    server: Somebodys = field(init=False)
    ids: object = (1, 22, 333)
    template: str = "<A><B>"
    says: str = "yes"
    broken: str = "nothing"
    starts: int = 0
    asked: list[dict[str, Any]] = field(default_factory=list)
    observer: Talker = field(default_factory=Talker)

    def acquire(self, deployment: Deployment, *, beside: Deployment | None = None) -> Somebodys:  # noqa: ARG002  # as a pool
        self.starts += 1
        return self.server

    def script(self, asked: Asked) -> Sequence[Step]:
        if asked.head.startswith("GET"):
            return plain(404, "{}")
        body = json.loads(asked.body)
        if asked.head.startswith("POST /apply-template"):
            return plain(200, json.dumps({"prompt": self.template}))
        if asked.head.startswith("POST /tokenize"):
            return plain(200, json.dumps({"tokens": self.ids}))
        if "What is" in body["messages"][-1]["content"]:
            self.asked.append(body)
        if self.broken in body["messages"][-1]["content"]:
            return plain(500, "{}")
        return [HEAD, sse(delta(self.says)), sse(delta(finish="stop"), usage(5, 3), b"[DONE]"), END]

    def given(self, task: Any = TASK, keep: StoreText = StoreText.HASH, **more: Any) -> Given:
        """The answers that a new case has."""
        self.starts = 0
        self.asked.clear()
        how = Measuring(DIALECTS, METRICS, 0.95, self.observer, TokenCap(None))
        return Examiner(cast("Pool", self), how, "case", self.folder, keep).given(ONE, task, 2, **more)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path / "answers")
    with serving(made.script) as mock:
        made.server = Somebodys(Endpoint(f"{mock.url}/v1", "m", "openai-chat"), foreign=False, version="1")
        yield made


def test_a_server_whose_answers_are_there_is_not_started(place: Place) -> None:
    first = place.given()
    assert (place.starts, len(place.asked)) == (1, 4)
    again = place.given()
    assert (place.starts, place.asked) == (0, [])
    assert again.answers == first.answers
    assert again.made_with == first.made_with
    assert (again.fields, again.spent.requests) == ({"temperature": 0}, 0)


def test_what_answers_were_made_with_is_told(place: Place) -> None:
    told = place.given().made_with
    assert (told["task"], told["dialect"]) == ("Task('letters', 4 items)", "openai-chat")
    assert told["stack"] == {"version": "1", "fingerprint": "unknown"}
    tokenizer = told["tokenizer"]
    assert isinstance(tokenizer, dict)
    assert (tokenizer["model"], tokenizer["greeting"]) == ("org/small", 5)
    assert all(len(str(one)) == 16 for one in (told["items"], told["template"], tokenizer["sha256"]))


@pytest.mark.parametrize("ids", [None, [], ["a"], "abc"])
def test_a_tokenizer_that_a_server_does_not_tell_is_unknown(place: Place, ids: object) -> None:
    place.ids = ids
    assert place.given().made_with["tokenizer"] == {"model": "org/small", "sha256": "unknown", "greeting": 5}


def test_of_who_is_not_ours_only_what_a_reply_tells_is_known(place: Place) -> None:
    place.server = replace(place.server, foreign=True)
    told = place.given().made_with
    assert told["template"] == "unknown"
    assert told["tokenizer"] == {"model": "org/small", "sha256": "unknown", "greeting": 5}


@pytest.mark.parametrize(
    ("changed", "name"),
    [
        ({"ids": (1, 22, 334)}, "tokenizer"),
        ({"template": "<B><A>"}, "chat template"),
        ({"server": "2"}, "version of the server"),
    ],
)
def test_what_was_answered_in_another_way_is_asked_anew(place: Place, changed: dict[str, Any], name: str) -> None:
    place.says, place.broken = "no", "What is d?"
    assert place.given().answers["d"].error is not None
    place.given()
    assert len(place.asked) == 1, "what failed, while the others stay"
    place.broken = "nothing"
    for field_name, value in changed.items():
        setattr(place, field_name, replace(place.server, version=value) if field_name == "server" else value)
    place.says = "yes"
    assert all(one.score == 1.0 for one in place.given().answers.values())
    assert len(place.asked) == 4
    assert f"was made with another {name}, so everything is asked anew" in place.observer.lines[-1]
    (requests,) = place.folder.glob("*/requests.parquet")
    assert read_measurement(requests).requests.num_rows == 4, "those of before are gone"


def test_what_is_asked_otherwise_has_answers_of_its_own(place: Place) -> None:
    other = Task("letters", (*TASK.items[:3], item("d", answers=("no",))))
    for more in ({}, {"fields": {"temperature": 0.5}}, {"fields": {"seed": 1}}, {"requests": 2}, {"task": other}):
        place.given(**more)
        assert place.starts == 1, more
    assert len([*place.folder.glob("*/answers.parquet")]) == 5


def test_texts_that_nobody_kept_are_asked_for_again_and_others_are_not(place: Place) -> None:
    place.given()
    assert (place.given(texts=True).texts, place.starts) == (dict.fromkeys("abcd", "yes"), 1)
    place.given(keep=StoreText.FULL, fields={"seed": 1})
    assert place.given(keep=StoreText.FULL, fields={"seed": 1}, texts=True).texts == dict.fromkeys("abcd", "yes")
    assert place.starts == 0


def test_a_task_is_fitted_by_a_server_only_where_tokens_are_counted(place: Place) -> None:
    class Fitted:
        def __init__(self, *, counts: bool) -> None:
            self.counts = counts

        def task_for(self, count: Count) -> Task:
            assert not self.counts or count(TASK.items[0].prompt) > 0
            return TASK

        def see_that_it_can_be_marked(self) -> None:
            return

    place.given(Fitted(counts=False))
    place.given(Fitted(counts=False))
    assert place.starts == 0
    place.given(Fitted(counts=True))
    assert place.starts == 1


def test_a_file_that_is_not_ours_is_named(place: Place) -> None:
    place.given()
    (path,) = place.folder.glob("*/made_with.json")
    path.write_text("{}")
    with pytest.raises(StoreError, match="as what answers were made with"):
        place.given()
