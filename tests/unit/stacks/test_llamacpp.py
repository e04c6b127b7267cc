from __future__ import annotations

import sys
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import pytest

from pytest_fmbench.errors import UnknownName, UsageError
from pytest_fmbench.model.deployment import Deployment, Option
from pytest_fmbench.model.launch import LaunchPlan
from pytest_fmbench.stacks import llamacpp_server
from pytest_fmbench.stacks.llamacpp import LlamaCpp


def plan(model: str = "smollm2-135m", /, **options: Option) -> LaunchPlan:
    return LlamaCpp().plan(Deployment(model, "llamacpp", quantization="q4_1", options=options))


def flag(name: str, planned: LaunchPlan) -> str:
    return dict(pairwise(planned.command))[f"--{name}"]


def test_it_starts_its_server_in_a_python_process() -> None:
    assert plan().command == (
        *(sys.executable, "-m", "pytest_fmbench.stacks.llamacpp_server"),
        *("--model", "{weights}", "--host", "{host}", "--port", "{port}", "--alias", "smollm2-135m"),
        *("--threads", "1", "--slots", "4", "--context", "2048"),
    )


def test_it_asks_for_the_deployments_weights() -> None:
    assert (plan().model, plan().quantization) == ("smollm2-135m", "q4_1")


def test_its_server_speaks_openai_chat_below_v1() -> None:
    assert (plan().dialect, plan().base_path, plan().ready_path) == ("openai-chat", "/v1", "/health")


def test_llamacpps_own_routes_lie_at_its_root() -> None:
    assert plan(dialect="llamacpp-completion").base_path == ""


def test_it_makes_embeddings_only_where_they_are_asked_for() -> None:
    assert plan(dialect="openai-embeddings").command == (*plan().command, "--embeddings")


@pytest.mark.parametrize(("name", "spelt"), [("threads", "threads"), ("max_batch", "slots"), ("context", "context")])
def test_an_option_becomes_a_flag(name: str, spelt: str) -> None:
    assert flag(spelt, plan(**{name: 3})) == "3"


def test_every_thread_gets_a_core() -> None:
    assert plan().cores == 1
    assert plan(threads=3).cores == 3


@pytest.mark.parametrize(
    ("model", "served"),
    [
        ("smollm2-135m", "smollm2-135m"),
        ("/weights/My-Model.Q4_1.gguf", "My-Model.Q4_1"),
        ("mine.gguf", "mine"),
        ("../mine", "mine"),
    ],
)
def test_a_model_is_served_under_its_bare_name(model: str, served: str) -> None:
    assert plan(model).model == model
    assert plan(model).served_model == flag("alias", plan(model)) == served


def test_an_unknown_option_lists_the_known_ones() -> None:
    with pytest.raises(UnknownName, match=r"'thread', did you mean 'threads'\? Known: context, max_batch, th"):
        plan(thread=2)


@pytest.mark.parametrize("value", [0, -1, 1.5, "2", True])
def test_an_option_that_counts_nothing_is_refused(value: Option) -> None:
    with pytest.raises(UsageError, match=rf"option max_batch={value!r} must be a whole number from 1$"):
        plan(max_batch=value)


def test_it_runs_on_one_cpu() -> None:
    with pytest.raises(UsageError, match=r"^m\+llamacpp,tp=2\+local: llamacpp runs here on one CPU"):
        LlamaCpp().plan(Deployment("m", "llamacpp", tensor_parallel=2))


def test_it_says_what_it_needs_and_how_to_get_it() -> None:
    assert (plan().needs, plan().install) == ("xllamacpp", "pip install 'pytest-fmbench[local]'")


@pytest.mark.parametrize(("said", "kept"), [("gguf-Q4_K_M", "q4_k_m"), ("q4_1", "q4_1"), ("iq2_xxs", "iq2_xxs")])
def test_a_precision_is_a_type_of_its_files_or_a_file_of_a_repository(said: str, kept: str) -> None:
    assert LlamaCpp().plan(Deployment("m", "llamacpp", quantization=said)).quantization == kept


def test_a_precision_of_other_stacks_is_refused() -> None:
    with pytest.raises(UsageError, match=r"^m-awq\+llamacpp\+local: llamacpp cannot serve weights kept as awq \(4-bit"):
        LlamaCpp().plan(Deployment("m", "llamacpp", quantization="awq"))


def test_its_server_understands_the_plan(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    served: list[Any] = []

    def serve(asked: object) -> object:
        served.append(asked)
        return SimpleNamespace(listening_address="here")

    parts = ("model", "cpuparams", "cpuparams_batch")
    fake = SimpleNamespace(
        CommonParams=lambda: SimpleNamespace(**{part: SimpleNamespace() for part in parts}),
        Server=serve,
        __version__="1.2",
    )
    planned = plan(threads=2, max_batch=3, dialect="openai-embeddings")
    filled = [word.format(weights="/w.gguf", host="::1", port="81") for word in planned.command]
    monkeypatch.setitem(sys.modules, "xllamacpp", fake)
    monkeypatch.setattr(sys, "argv", filled[2:])
    monkeypatch.setattr(llamacpp_server, "threading", SimpleNamespace(Event=lambda: SimpleNamespace(wait=bool)))
    llamacpp_server.main()
    asked = served[0]
    assert (asked.model.path, asked.model_alias) == ("/w.gguf", {"smollm2-135m"})
    assert (asked.hostnames, asked.port) == (["::1"], 81)
    assert (asked.n_parallel, asked.n_ctx) == (3, 3 * 2048)
    assert (asked.cpuparams.n_threads, asked.cpuparams_batch.n_threads) == (2, 2)
    assert (asked.embedding, asked.pooling_type) == (True, 1)
    assert capsys.readouterr().out == "fmbench: served by xllamacpp 1.2\nlistening on here\n"
    assert plan().version_mark == "fmbench: served by "
