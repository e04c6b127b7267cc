"""How the options choose a transport."""

from __future__ import annotations

import pytest

from pytest_fmbench import target
from pytest_fmbench.errors import UsageError
from pytest_fmbench.options import Settings, read_settings

TARGET = ("--fmbench-url", "https://h/v1", "--fmbench-model", "m")


def read(pytester: pytest.Pytester, *arguments: str) -> Settings:
    return read_settings(pytester.parseconfig(*TARGET, *arguments))


def refusal(pytester: pytest.Pytester, *arguments: str) -> str:
    with pytest.raises(UsageError) as caught:
        read(pytester, *arguments)
    return str(caught.value)


@pytest.fixture(params=[True, False], ids=["with h2", "without h2"])
def has_http2(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    monkeypatch.setattr(target, "find_spec", lambda _: object() if request.param else None)
    return bool(request.param)


def test_without_an_option_it_goes_straight_there(pytester: pytest.Pytester) -> None:
    found = read(pytester)
    assert (found.proxy, found.http2, found.fresh_connections) == (None, False, False)


@pytest.mark.parametrize("url", ["http://127.0.0.1:3128", "https://proxy.example/", "http://[::1]:80"])
def test_a_proxy_is_a_url(pytester: pytest.Pytester, url: str) -> None:
    assert read(pytester, "--fmbench-proxy", url).proxy == url


@pytest.mark.parametrize("url", ["", "proxy:3128", "socks5://h:1", "http://", "http://h/path", "http://h?a"])
def test_anything_else_is_refused_with_an_example(pytester: pytest.Pytester, url: str) -> None:
    expected = f"--fmbench-proxy {url!r}: give an http or https URL, such as http://127.0.0.1:3128"
    assert refusal(pytester, "--fmbench-proxy", url) == expected


def test_a_password_is_refused_and_not_shown(pytester: pytest.Pytester) -> None:
    said = refusal(pytester, "--fmbench-proxy", "http://me:hunter2@h:1")
    assert said.startswith("--fmbench-proxy holds a password")
    assert "hunter2" not in said


def test_fresh_connections(pytester: pytest.Pytester) -> None:
    assert read(pytester, "--fmbench-fresh-connections").fresh_connections


def test_http2_needs_its_package(pytester: pytest.Pytester, has_http2: bool) -> None:
    if has_http2:
        assert read(pytester, "--fmbench-http2").http2
    else:
        assert "pip install 'pytest-fmbench[http2]'" in refusal(pytester, "--fmbench-http2")


@pytest.mark.parametrize("has_http2", [True], indirect=True)
@pytest.mark.usefixtures("has_http2")
def test_http2_shares_connections(pytester: pytest.Pytester) -> None:
    assert "shares connections" in refusal(pytester, "--fmbench-http2", "--fmbench-fresh-connections")


@pytest.mark.parametrize("has_http2", [True], indirect=True)
@pytest.mark.usefixtures("has_http2")
def test_http2_through_a_proxy_needs_a_tunnel(pytester: pytest.Pytester) -> None:
    proxied = ("--fmbench-http2", "--fmbench-proxy", "http://127.0.0.1:3128")
    assert read(pytester, *proxied).http2
    assert "needs an https --fmbench-url" in refusal(pytester, *proxied, "--fmbench-url", "http://h/v1")
