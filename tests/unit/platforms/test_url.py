from __future__ import annotations

from pathlib import Path
from typing import NoReturn

import pytest

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.endpoint import Endpoint
from pytest_fmbench.model.secret import Secret
from pytest_fmbench.platforms.base import Platform, Progress, Surroundings
from pytest_fmbench.platforms.url import RunningServer, Url

HEADERS: dict[str, str | Secret] = {"Authorization": Secret("Bearer k"), "X-Team": "a"}


def never(model: str, quantization: str | None, progress: Progress) -> NoReturn:
    raise AssertionError(f"weights of {model} are nobody's business here ({quantization}, {progress})")


def start(place: str) -> RunningServer:
    said: list[str] = []
    deployment = Deployment("m", "endpoint", f"url:{place}")
    return Url(Surroundings(never, deployment, HEADERS)).start(deployment, None, Path("no/such/log"), said.append)


def test_the_endpoint_is_the_one_that_was_named() -> None:
    assert start("http://h:8000/v1").endpoint == Endpoint("http://h:8000/v1", "m", "openai-chat", HEADERS)


def test_what_the_user_gave_for_one_endpoint_goes_to_no_other() -> None:
    named, other = Deployment("m", "endpoint", "url:http://h/v1"), Deployment("m", "endpoint", "url:http://i/v1")
    platform = Url(Surroundings(never, named, HEADERS))
    assert platform.start(other, None, Path("no/such/log"), print).endpoint.headers == {}


def test_the_way_to_one_endpoint_leads_to_no_other() -> None:
    named, other = Deployment("m", "endpoint", "url:http://h/v1"), Deployment("m", "endpoint", "url:http://i/v1")
    platform = Url(Surroundings(never, named, proxy="http://p:3128", http2=True, fresh_connections=True))
    found = [platform.start(one, None, Path("no/such/log"), print).endpoint for one in (named, other)]
    assert [one.proxy for one in found] == ["http://p:3128", None]
    assert [(one.http2, one.fresh_connections) for one in found] == [(True, True), (False, False)]


@pytest.mark.parametrize("place", ["http://h/v1/", "http://h/v1//"])
def test_a_slash_at_the_end_says_nothing(place: str) -> None:
    assert start(place).endpoint.base_url == "http://h/v1"


@pytest.mark.parametrize("place", ["https://h/v1", "http://[::1]:8000/v1", "http://h"])
def test_any_web_address_will_do(place: str) -> None:
    assert start(place).endpoint.base_url == place


@pytest.mark.parametrize("place", ["", "h:8000/v1", "ftp://h", "http://", "/v1"])
def test_anything_else_is_refused_with_an_example(place: str) -> None:
    with pytest.raises(UsageError, match=r"needs a URL, such as 'url:http://127\.0\.0\.1:8000/v1'$"):
        start(place)


@pytest.mark.parametrize("place", ["http://me:hunter2@h/v1", "http://hunter2@h/v1"])
def test_a_password_in_the_address_is_refused_and_not_shown(place: str) -> None:
    with pytest.raises(UsageError) as caught:
        start(place)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("place", ["http://h/v1?version=1", "http://h/v1#chat", "http:///v1"])
def test_an_address_that_no_path_can_be_added_to_is_refused(place: str) -> None:
    with pytest.raises(UsageError, match="needs a URL"):
        start(place)


def test_what_happens_to_it_is_not_ours_to_know_or_end() -> None:
    server = start("http://h/v1")
    server.stop()
    server.stop()
    assert (server.failure(), server.log_tail()) == (None, ())


def test_it_does_not_slow_this_machine_down() -> None:
    assert Url.shares_this_machine is False


def test_what_it_costs_is_not_ours_to_know() -> None:
    platform: Platform = Url(Surroundings(never))
    assert platform.usd_per_hour(Deployment("m", "endpoint", "url:http://h/v1")) is None


def test_its_page_of_metrics_is_where_the_deployment_says() -> None:
    named = Deployment("m", "endpoint", "url:http://h/v1", options={"metrics": "http://h:8002/metrics"})
    platform = Url(Surroundings(never))
    platform.check(named)
    endpoint = platform.start(named, None, Path("no/such/log"), print).endpoint
    assert endpoint.metrics_url == "http://h:8002/metrics"
    assert named.id == "m+endpoint+url_http_h_v1", "it is where to look, and no other deployment"


@pytest.mark.parametrize("page", ["h:8002", "http://me:hunter2@h/metrics", "http://h/metrics?a=b"])
def test_a_page_of_metrics_that_cannot_be_is_refused(page: str) -> None:
    named = Deployment("m", "endpoint", "url:http://h/v1", options={"metrics": page})
    with pytest.raises(UsageError, match=r"^m\+endpoint\+url_http_h_v1: option 'metrics' ") as caught:
        Url(Surroundings(never)).check(named)
    assert "hunter2" not in str(caught.value)
