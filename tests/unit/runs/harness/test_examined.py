"""What our client does for lm-evaluation-harness, which a function stands for here."""

from __future__ import annotations

import gc
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from pytest_fmbench.catalog import DIALECTS, METRICS
from pytest_fmbench.client.dialects.openai_completions import OpenAICompletionsWhole
from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.endpoint import Endpoint
from pytest_fmbench.platforms.base import Server
from pytest_fmbench.runs.cap import TokenCap
from pytest_fmbench.runs.harness.evaluating import Doc, Evaluated
from pytest_fmbench.runs.harness.examined import Examined, examined, nothing_is_left
from pytest_fmbench.runs.harness.requests import Model, Request
from pytest_fmbench.runs.harness.tasks import Harness, harness
from pytest_fmbench.runs.measure import Measuring
from pytest_fmbench.runs.observer import Observer
from pytest_fmbench.runs.qualities import asking
from pytest_fmbench.runs.qualities.figures import Figures
from pytest_fmbench.runs.qualities.inquiry import Inquiry
from pytest_fmbench.runs.qualities.reading import StoreText
from pytest_fmbench.store.answers import read_answers
from tests.support.mock_server import Asked, MockServer, Step, plain, serving
from tests.unit.runs.test_measure import Somebodys

SUMS = {
    f"sums/{n}": Request(f"sums/{n}", f"{n} + {n} =", settings={"until": ["\n"], "max_gen_toks": 8}) for n in range(4)
}
TOWNS = [Request(f"towns/{n}", "The capital is", f" {town}") for n in range(2) for town in ("Oslo", "Reykjavik")]

TOLD = '{"choices": [{"text": "x", "finish_reason": "length"}]%s}'
"""A reply without likelihoods."""


def prompt_of(asked: Asked) -> str:
    return str(json.loads(asked.body)["prompt"])


def says(asked: Asked) -> Sequence[Step]:
    """A model whose tokens are words, the shorter the likelier, and whose sums are right but for 3 + 3."""
    body = json.loads(asked.body)
    words = str(body["prompt"]).split()
    usage = {"prompt_tokens": len(words), "completion_tokens": 1}
    choice: dict[str, Any] = {"index": 0, "text": "x", "finish_reason": "length"}
    if body.get("echo"):
        logs = [None, *(-len(word) / 10 for word in words[1:]), -9.0]
        choice["logprobs"] = {"token_logprobs": logs, "top_logprobs": [{"x": log or 0.0} for log in logs]}
    elif body["max_tokens"] > 1:
        number = int(words[0])
        choice["text"] = f" {7 if number == 3 else 2 * number}\nand so on"
    return plain(200, json.dumps({"choices": [choice], "usage": usage}))


def evaluate(spec: Harness, model: Model) -> Evaluated:
    """Sums are written, towns are weighed; the right town is Oslo."""
    docs = list[Doc]()
    if "sums" in spec.name:
        for request, said in zip(SUMS.values(), model.generated([*SUMS.values()]), strict=True):
            number = int(request.context.split()[0])
            docs.append(Doc(request.doc, str(2 * number), {"exact_match": float(said == f" {2 * number}")}))
    if "towns" in spec.name:
        found = model.likelihoods(TOWNS)
        for nth in range(2):
            oslo, other = found[2 * nth : 2 * nth + 2]
            docs.append(Doc(f"towns/{nth}", "0", {"acc": float(oslo[0] > other[0]), "acc_norm": 0.0}))
    return Evaluated(tuple(docs), {"sums": {"exact_match,none": {"value": 0.75, "stderr": 0.25}}}, {"lm_eval": "0"})


@dataclass(frozen=True)
class Having:
    """A server that is there."""

    server: Server


@dataclass
class Examination:
    mock: MockServer
    folder: Path
    asked: list[str] = field(default_factory=list)

    def found(self, name: str, **more: Any) -> Examined | None:
        server = Somebodys(Endpoint(f"{self.mock.url}/v1", "m", "openai-chat"))
        how = Measuring(DIALECTS, METRICS, 0.95, Observer(), TokenCap(None))
        dialect = OpenAICompletionsWhole()
        self.folder.mkdir(exist_ok=True)
        inquiry = Inquiry(how, Having(server), dialect, self.folder, {"temperature": 0})
        keep, by = more.pop("keep", StoreText.FULL), more.pop("by", evaluate)
        self.mock.asked.clear()
        found = examined(harness(name, **more), inquiry, dialect, by, concurrency=2, keep=keep, fields={"seed": 5})
        self.asked = sorted(prompt_of(one) for one in self.mock.asked)
        return found

    def __call__(self, name: str, **more: Any) -> Examined:
        found = self.found(name, **more)
        assert found is not None
        return found


@pytest.fixture
def examine(tmp_path: Path) -> Iterator[Examination]:
    with serving(says) as mock:
        yield Examination(mock, tmp_path / "answers")


def test_what_is_written_is_cut_marked_and_kept(examine: Examination) -> None:
    found = examine("sums")
    assert {name: one.text for name, one in found.answers.items()} == {
        "sums/0": " 0",
        "sums/1": " 2",
        "sums/2": " 4",
        "sums/3": " 7",
    }
    figures = Figures(found.task, found.answers)
    assert (figures.estimate("score"), figures.estimate("exact_match").n) == (0.75, 4)
    assert figures.estimate("wrong") == 0.25
    assert found.made_with == {
        "lm_eval": "0",
        "theirs": {"sums": {"exact_match,none": {"value": 0.75, "stderr": 0.25}}},
    }
    body = json.loads(examine.mock.asked[0].body)
    assert {name: body[name] for name in ("max_tokens", "stop", "temperature", "seed")} == {
        "max_tokens": 8,
        "stop": ["\n"],
        "temperature": 0,
        "seed": 5,
    }
    assert [one.item for one in read_answers(examine.folder / "answers.parquet")] == [*SUMS]
    assert not [*examine.folder.glob("spool*")]


def test_texts_are_kept_as_far_as_they_may_be(examine: Examination) -> None:
    assert examine("sums", keep=StoreText.NONE).answers["sums/0"].text is None
    assert b" 7" not in (examine.folder / "answers.parquet").read_bytes()


def test_the_likeliest_of_several_texts_is_what_was_said(examine: Examination) -> None:
    found = examine("towns")
    assert {one.text for one in found.answers.values()} == {" Oslo"}
    figures = Figures(found.task, found.answers, found.answers)
    assert (figures.estimate("acc"), figures.estimate("acc_norm"), figures.estimate("score")) == (1.0, 0.0, 1.0)
    assert figures.estimate("acc.delta") == 0.0
    trial = ["The capital of Norway is", "The capital of Norway is Oslo"]
    each = ["The capital is", *(f"The capital is {town}" for town in ("Oslo", "Oslo", "Reykjavik", "Reykjavik"))]
    assert examine.asked == sorted([*trial, *each]), "a context is counted once"


def test_nothing_is_asked_twice(examine: Examination) -> None:
    first, again = examine("sums and towns"), examine("sums and towns")
    assert examine.asked == []
    assert nothing_is_left(examine.folder)
    assert again.answers == first.answers
    assert again.made_with == first.made_with
    assert Figures(again.task, again.answers).estimate("score").n == 6


def test_what_failed_is_neither_right_nor_wrong_and_is_asked_again(examine: Examination) -> None:
    examine.mock.script = lambda asked: plain(500, "{}") if prompt_of(asked).startswith("2 ") else says(asked)
    found = examine("sums")
    assert found.answers["sums/2"].error == "status: 500: {}"
    assert Figures(found.task, found.answers).estimate("score").n == 3
    assert found.made_with["theirs"] == {}, "they know of no failures"
    examine.mock.script = says
    found = examine("sums")
    assert examine.asked == ["2 + 2 ="]
    assert Figures(found.task, found.answers).estimate("score").n == 4


def test_what_was_asked_of_other_items_is_not_taken_for_these(examine: Examination) -> None:
    def evaluated_anew(spec: Harness, model: Model) -> Evaluated:
        return replace(evaluate(spec, model), made_with={"lm_eval": "0", "sha256": "of other items"})

    assert not nothing_is_left(examine.folder)
    first = examine("sums")
    assert examine.found("sums", by=evaluated_anew) is None
    assert examine("sums").answers == first.answers


def test_what_broke_off_goes_on(examine: Examination, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = asking._Asked._one  # noqa: SLF001  # where a session may be killed

    async def dying(self: Any, index: int, prompt: Any) -> Any:
        if index == 2:
            raise KeyboardInterrupt
        return await whole(self, index, prompt)

    monkeypatch.setattr(asking._Asked, "_one", dying)  # noqa: SLF001  # likewise
    with pytest.raises(KeyboardInterrupt):
        examine("sums")
    gc.collect()  # else what it leaves is collected while a source is parsed, which Python 3.11 may take amiss
    monkeypatch.undo()
    found = examine("sums")
    assert len({*examine.asked}) < 4  # what was under way when it died may be read only now
    assert "2 + 2 =" in examine.asked
    assert Figures(found.task, found.answers).estimate("score") == 0.75


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        (plain(400, '{"error": {"message": "Only no echo is supported"}}'), "Only no echo is supported"),
        (plain(200, TOLD % ', "usage": {"prompt_tokens": 5, "completion_tokens": 1}'), "logprobs"),
        (plain(200, TOLD % ""), "it gives no usage"),
    ],
)
def test_a_server_that_does_not_tell_likelihoods_is_refused(
    examine: Examination, reply: Sequence[Step], why: str
) -> None:
    examine.mock.script = lambda _: reply
    with pytest.raises(UsageError, match=f"does not tell how likely a given text is.*vLLM has.*{why}"):
        examine("towns")
    assert len(examine.mock.asked) <= 2, "before anything of the task is asked"


def test_likelihoods_are_of_plain_text_behind_a_context(examine: Examination, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="towns/0 wants likelihoods, which are of plain text: leave chat=True out"):
        examine("towns", chat=True)
    monkeypatch.setitem(globals(), "TOWNS", [Request("towns/0", " ", "Oslo")])
    with pytest.raises(UsageError, match="towns/0 wants the likelihood of a text without a context"):
        examine("towns")


@pytest.mark.parametrize(
    ("made", "problem"),
    [
        (lambda: harness("x", limit=0), "limit=0"),
        (lambda: harness("x", limit=True), "limit=True"),
        (lambda: harness("x", shots=-1), "shots=-1"),
        (lambda: harness("x", folder="nowhere/at/all"), "no such folder"),
    ],
    ids=["limit", "bool", "shots", "folder"],
)
def test_what_no_task_can_be_asked_with_is_refused(made: Any, problem: str) -> None:
    with pytest.raises(UsageError, match=problem):
        made()


def test_without_the_package_the_way_out_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pytest_fmbench.runs.harness.tasks.find_spec", lambda _: None)
    with pytest.raises(UsageError, match=r"not installed: pip install 'pytest-fmbench\[harness\]'"):
        harness("arc_easy").see_that_it_can_be_marked()
