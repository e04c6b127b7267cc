"""A request that comes to nothing before any load names the way out."""

from __future__ import annotations

import pytest

from pytest_fmbench.errors import CredentialsFault, EnvironmentFault, FmbenchError, UsageError
from pytest_fmbench.model.endpoint import Endpoint, Signing
from pytest_fmbench.model.secret import Secret
from pytest_fmbench.runs.ready.explaining import explained
from tests.support.records import record

URL = "http://127.0.0.1:8000/v1"


def said(
    error: str, status: int | None = None, url: str = URL, dialect: str = "openai-chat", **more: object
) -> FmbenchError:
    failed = record((), status="failed", error=error, http_status=status)
    return explained(Endpoint(url, "m", dialect, **more), failed, ())  # type: ignore[arg-type]  # of any field


def way_out(found: FmbenchError) -> str:
    return "".join(str(found).split("\n  ")[2:])


def test_what_the_server_said_comes_first_since_summaries_are_cut() -> None:
    assert str(said("status: 500: oops", 500)) == f"status: 500: oops\n  from {URL}, asked once before any load"


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("http://host:8000", "http://host:8000/v1"),
        ("http://host:8000/v1/chat/completions", "http://host:8000/v1"),
        ("http://host/openai", "http://host/openai/v1"),
    ],
)
@pytest.mark.parametrize("status", [404, 405])
def test_a_url_that_is_no_base_of_routes(given: str, meant: str, status: int) -> None:
    found = said(f"status: {status}: Not Found", status, given)
    assert isinstance(found, UsageError)
    assert way_out(found) == f"Paths such as /chat/completions are added to the URL: is it {meant}?"


@pytest.mark.parametrize(("url", "dialect"), [(URL, "openai-chat"), ("http://host", "tgi-generate")])
def test_of_a_url_that_could_be_right_nothing_is_guessed(url: str, dialect: str) -> None:
    assert way_out(said("status: 404: Not Found", 404, url, dialect)) == ""


def test_a_model_that_is_not_served_comes_before_the_route() -> None:
    failed = record((), status="failed", error="status: 404: what?", http_status=404)
    assert way_out(explained(Endpoint("http://host", "m", "openai-chat"), failed, ["a", "b"])).startswith(
        "It serves no model"
    )


def test_a_key_that_is_missing_and_one_that_is_not_taken() -> None:
    assert "--fmbench-api-key-env" in way_out(said("status: 401: who?", 401))
    wrong = said("status: 401: who?", 401, headers={"Authorization": Secret("Bearer sesame")})
    assert way_out(wrong) == "It does not take the Authorization that was given: see whether it is right."
    assert "sesame" not in str(wrong)
    signed = said("status: 403: no", 403, signing=Signing("bedrock", "us-east-1"))
    assert isinstance(signed, CredentialsFault)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        ("connect: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed", "--fmbench-ca-bundle"),
        ("connect: [SSL: WRONG_VERSION_NUMBER] wrong version number", "It does not speak TLS: is it http://host/v1?"),
        ("connect: [SSL] record layer failure", "is it http://host/v1?"),
        ("connect: [Errno 111] refused", "Is it running, and is the address right, and does it speak TLS?"),
    ],
)
def test_no_way_there(error: str, told: str) -> None:
    found = said(error, url="https://host/v1")
    assert isinstance(found, EnvironmentFault)
    assert told in way_out(found)
