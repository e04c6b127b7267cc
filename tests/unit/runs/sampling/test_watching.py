from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pytest_fmbench.catalog import METRICS, SOURCES, STACKS
from pytest_fmbench.errors import TelemetryFault, UsageError
from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.endpoint import Endpoint, Signing
from pytest_fmbench.model.objective import Objective
from pytest_fmbench.runs.sampling.watching import Watch, Watching, sampled
from pytest_fmbench.sla import parse
from pytest_fmbench.store.telemetry import read_telemetry
from pytest_fmbench.telemetry.base import Reading
from tests.support.sources import FAKES, FakeGpus

WATCHING = Watching(SOURCES, STACKS, dcgm_url="http://gpus:9400/metrics")


def endpoint(url: str = "http://127.0.0.1:8000/v1", cores: tuple[int, ...] = ()) -> Endpoint:
    return Endpoint(url, "m", "openai-chat", client_cores=cores)


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    monkeypatch.setattr(FakeGpus, "closed", 0)
    monkeypatch.setattr(FakeGpus, "subjects", [])
    return Watching(FAKES, STACKS, 0.1).of(Deployment("m", "endpoint", "url:http://127.0.0.1:1/v1"), endpoint())


def objectives(*texts: str) -> list[Objective]:
    return [parse(text, METRICS) for text in texts]


@pytest.mark.parametrize(
    ("url", "page"),
    [
        ("http://127.0.0.1:8000/v1", "http://127.0.0.1:8000/metrics"),
        ("https://host/models/a/v1/", "https://host/models/a/metrics"),
        ("http://host:8000", "http://host:8000/metrics"),
        ("http://host/v2", "http://host/metrics"),
        ("http://host/v1beta", "http://host/v1beta/metrics"),
    ],
)
def test_a_known_stack_says_where_its_page_is_and_what_stands_there(url: str, page: str) -> None:
    subject = WATCHING.of(Deployment("m", "vllm", f"url:{url}"), endpoint(url)).subject
    assert (subject.page, subject.dcgm_url) == (page, "http://gpus:9400/metrics")
    assert subject.words["running"] == "vllm:num_requests_running"


def test_of_an_unknown_stack_no_page_is_asked_for() -> None:
    subject = WATCHING.of(Deployment("m", "endpoint", "url:http://host/v1"), endpoint("http://host/v1")).subject
    assert (subject.page, dict(subject.words)) == (None, {})


@pytest.mark.parametrize(
    ("stack", "why"),
    [
        ("transformers", "nothing is known of a page of metrics of transformers"),
        ("openai", "--fmbench-stack names one"),
        ("endpoint", "--fmbench-stack names one"),
    ],
)
def test_without_a_page_it_says_what_would_help(stack: str, why: str) -> None:
    subject = WATCHING.of(Deployment("m", stack, "url:http://host/v1"), endpoint("http://host/v1")).subject
    assert subject.page is None
    assert subject.no_page.endswith(why)


@pytest.mark.parametrize(
    ("stack", "url", "dialect", "page"),
    [
        ("triton_vllm", "http://host:8000", "triton-generate", "http://host:8002/metrics"),
        ("triton_vllm", "https://[::1]:8000/x", "triton-generate", "https://[::1]:8002/metrics"),
        ("triton_vllm", "http://host:9000/v1", "openai-chat", "http://host:9000/metrics"),
        ("nim", "http://host:8000/v1", "openai-chat", "http://host:8000/v1/metrics"),
    ],
)
def test_some_have_their_page_elsewhere(stack: str, url: str, dialect: str, page: str) -> None:
    where = replace(endpoint(url), dialect=dialect)
    subject = WATCHING.of(Deployment("m", stack, f"url:{url}", options={"dialect": dialect}), where).subject
    assert subject.page == page
    assert subject.words["ttft"] == "vllm:time_to_first_token_seconds"


def test_what_an_endpoint_says_of_its_page_goes_before_what_is_usual() -> None:
    where = replace(endpoint("http://host:8000/v1"), metrics_url="http://other:1/m")
    subject = WATCHING.of(Deployment("m", "vllm", "url:http://host:8000/v1"), where).subject
    assert subject.page == "http://other:1/m"


def test_a_page_at_a_port_that_nobody_named_is_not_guessed() -> None:
    deployment, where = Deployment("m", "ray", "url:http://host:8000/v1"), endpoint("http://host:8000/v1")
    subject = WATCHING.of(deployment, where).subject
    assert (subject.page, subject.no_page.startswith("ray's page is at a port of its own")) == (None, True)
    named = WATCHING.of(deployment, replace(where, metrics_url="http://host:8080/metrics")).subject
    assert (named.page, named.words["kv_cache"]) == ("http://host:8080/metrics", "ray_vllm_kv_cache_usage_perc")


def test_what_is_behind_a_signature_has_no_page() -> None:
    signed = replace(endpoint(), signing=Signing("sagemaker", "us-east-1"))
    subject = WATCHING.of(Deployment("m", "vllm"), signed).subject
    assert subject.page is None
    assert subject.no_page == "what is behind AWS's front can only be asked for replies"


@pytest.mark.parametrize("replicas", [2, "max"])
def test_of_replicas_behind_one_address_no_page_is_asked_for(replicas: Any) -> None:
    """Each answer would be another one's, and a total that grows and shrinks no total."""
    subject = WATCHING.of(Deployment("m", "vllm", replicas=replicas), endpoint()).subject
    assert subject.page is None
    assert subject.no_page == "its replicas share one address, so that each answer would be another one's"


@pytest.mark.parametrize(
    ("url", "here"),
    [
        ("http://127.0.0.1:1/v1", True),
        ("http://localhost/v1", True),
        ("http://[::1]:1/v1", True),
        ("http://h/v1", False),
    ],
)
def test_devices_of_this_machine_serve_only_what_is_on_it(url: str, here: bool) -> None:
    assert WATCHING.of(Deployment("m", "endpoint", f"url:{url}"), endpoint(url)).subject.here is here


def test_a_port_that_is_forwarded_leads_to_another_machine() -> None:
    forwarded = replace(endpoint("http://127.0.0.1:1/v1"), forwarded=True)
    assert WATCHING.of(Deployment("m", "endpoint", "url:http://127.0.0.1:1/v1"), forwarded).subject.here is False


def test_what_was_sampled_is_kept_beside_why_a_source_was_absent(watch: Watch, tmp_path: Path) -> None:
    with sampled(watch, (), METRICS, workers=1) as keep:
        assert FakeGpus.closed == 0
    found = keep(tmp_path, 0)
    assert found is not None
    assert found == read_telemetry(tmp_path / "telemetry.parquet")
    assert set(found.rows["value"].to_pylist()) == {300.0}
    assert found.costs["fake"].samples >= 1
    assert found.absent == {"absent": "it is never there", "broken": "OSError: no such library"}
    assert FakeGpus.closed == 1


def test_an_objective_on_what_no_source_tells_is_refused_before_there_is_load(watch: Watch) -> None:
    with (
        pytest.raises(UsageError) as caught,
        sampled(watch, objectives("ttft.p50 < 1s", "server.kv_cache.max < 95%"), METRICS, workers=1),
    ):
        raise AssertionError("the load began")
    assert str(caught.value) == (
        "'server.kv_cache.max < 95%' cannot be measured: no source tells server.kv_cache. "
        "There are: gpu.power. absent: it is never there; broken: OSError: no such library"
    )
    assert FakeGpus.closed == 1


def test_what_one_of_several_figures_tells_will_do(watch: Watch) -> None:
    with sampled(watch, objectives("energy_per_1k_tokens < 20J", "gpu.power.mean < 400W"), METRICS, workers=1):
        pass


def test_what_was_sampled_is_put_on_the_clock_of_the_requests(watch: Watch, tmp_path: Path) -> None:
    with sampled(watch, (), METRICS, workers=1) as keep:
        pass
    here, there = keep(tmp_path, 0), keep(tmp_path, 10**15)
    assert here is not None
    assert there is not None
    assert [t_ns + 10**15 for t_ns in here.rows["t_ns"].to_pylist()] == there.rows["t_ns"].to_pylist()


def test_without_sampling_an_objective_on_telemetry_is_refused(tmp_path: Path) -> None:
    with sampled(None, objectives("ttft.p50 < 1s"), METRICS, workers=1) as keep:
        pass
    assert keep(tmp_path, 0) is None
    assert [*tmp_path.iterdir()] == []
    with (
        pytest.raises(
            UsageError, match=r"^'gpu.power.max < 1W' cannot be measured: nothing is sampled \(--fmbench-tel"
        ),
        sampled(None, objectives("gpu.power.max < 1W"), METRICS, workers=1),
    ):
        pass


def test_faults_end_no_run(watch: Watch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails() -> Sequence[Reading]:
        raise TelemetryFault("it broke")

    monkeypatch.setattr(FakeGpus, "readings", staticmethod(fails))
    monkeypatch.setattr(FakeGpus, "close", lambda _: fails())
    with sampled(watch, (), METRICS, workers=1) as keep:
        pass
    found = keep(tmp_path, 0)
    assert found is not None
    assert found.rows.num_rows == found.costs["fake"].samples == 0
    assert (found.costs["fake"].gaps >= 1, found.costs["fake"].fault) == (True, "it broke")


@pytest.mark.parametrize(("cores", "workers", "left"), [((0, 1, 2), 2, [2]), ((0,), 1, None), ((), 1, None)])
def test_it_keeps_off_the_cores_of_the_load(
    monkeypatch: pytest.MonkeyPatch, cores: tuple[int, ...], workers: int, left: list[int] | None
) -> None:
    kept: list[list[int]] = []
    monkeypatch.setattr("os.sched_setaffinity", lambda _, these: kept.append([*these]), raising=False)
    deployment = Deployment("m", "endpoint", "url:http://127.0.0.1:1/v1")
    watch = Watching(FAKES, STACKS).of(deployment, endpoint(cores=cores))
    with sampled(watch, (), METRICS, workers):
        pass
    assert kept == ([] if left is None else [left])
