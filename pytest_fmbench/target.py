"""The ``--fmbench-*`` options about a running endpoint: which it is, and how it is reached."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.deployment import METRICS, Deployment, Option
from pytest_fmbench.model.pages import see_that_it_is_a_page
from pytest_fmbench.model.secret import Secret

_UNNAMED = "openai"
"""The stack of one of which nothing is said: whatever has OpenAI's routes."""
_USUAL = "openai-chat"


@dataclass(frozen=True, kw_only=True)
class Reach:
    """The options about a running endpoint, checked.

    :param target: the one that was named; None if none was.
    :param headers: sent to it with every request.
    :param ca_bundle: file of certificates to trust there instead of the usual ones.
    :param max_tokens: that endpoints which are not ours may be asked for in the session.
    :param proxy: URL of the HTTP proxy that leads to the endpoint; None goes straight there.
    :param http2: the endpoint is spoken to in HTTP/2.
    :param fresh_connections: every request to it gets a connection of its own.
    """

    target: Deployment | None
    headers: dict[str, str | Secret]
    ca_bundle: str | None
    max_tokens: int
    proxy: str | None = None
    http2: bool = False
    fresh_connections: bool = False


def add_target_options(group: pytest.OptionGroup) -> None:
    """Declare them."""
    add = group.addoption
    add("--fmbench-url", metavar="URL", help="measure this running endpoint, such as http://127.0.0.1:8000/v1")
    add("--fmbench-model", metavar="NAME", help="the model name that the endpoint of --fmbench-url answers to")
    add("--fmbench-stack", metavar="NAME", help="what serves at --fmbench-url, of those that fmbench stacks lists")
    add("--fmbench-metrics-url", metavar="URL", help="its page of metrics, where that is not where its stack has it")
    add("--fmbench-api-key-env", metavar="VAR", help="environment variable with the API key for --fmbench-url")
    add("--fmbench-header", metavar="K:V", action="append", default=[], help="header for --fmbench-url; repeatable")
    add("--fmbench-ca-bundle", metavar="FILE", help="certificates to trust for --fmbench-url")
    add("--fmbench-proxy", metavar="URL", help="HTTP proxy that leads to --fmbench-url; stamps are then less exact")
    add("--fmbench-http2", action="store_true", help="speak HTTP/2 to --fmbench-url; stamps are then less exact")
    add("--fmbench-fresh-connections", action="store_true", help="a new connection to --fmbench-url for every request")
    add(
        "--fmbench-max-tokens",
        metavar="N",
        default="2000000",
        help="input and output tokens that endpoints which are not ours are asked for at most (2000000)",
    )


def read_reach(option: Callable[[str], Any]) -> Reach:
    """The options as given.

    :param option: value of an option by its name.
    :raises UsageError: naming the option and what it takes.
    """
    return Reach(
        target=target_of(option),
        headers=_headers(option("--fmbench-header"), option("--fmbench-api-key-env")),
        ca_bundle=_bundle(option("--fmbench-ca-bundle")),
        max_tokens=count("--fmbench-max-tokens", option("--fmbench-max-tokens")),
        proxy=_proxy(option("--fmbench-proxy")),
        http2=_http2(option),
        fresh_connections=option("--fmbench-fresh-connections"),
    )


def target_of(option: Callable[[str], Any]) -> Deployment | None:
    """What ``--fmbench-url`` and the options beside it name; None where they name nothing.

    :param option: value of an option by its name.
    :raises UsageError: naming the option and what it takes.
    """
    url, model = option("--fmbench-url"), option("--fmbench-model")
    for name in ("--fmbench-stack", "--fmbench-metrics-url"):
        if option(name) is not None and url is None:
            raise UsageError(f"{name} says more of a running endpoint: name that too, --fmbench-url")
    if url is None and model is None:
        return None
    if url is None or model is None:
        listed = f", as {url.rstrip('/')}/models lists it" if url else ""
        told = f"an endpoint and the model name it answers to{listed}"
        raise UsageError(f"--fmbench-url and --fmbench-model go together: {told}")
    if not model:
        raise UsageError("--fmbench-model is empty: give the model name that the endpoint answers to")
    if "@" in url:
        raise UsageError("--fmbench-url holds a password: give it by --fmbench-api-key-env or --fmbench-header instead")
    if not url.startswith(("http://", "https://")):
        raise UsageError(f"--fmbench-url {url!r}: give an http or https URL, such as http://127.0.0.1:8000/v1")
    stack = option("--fmbench-stack")
    options = (_spoken_by(stack) if stack is not None else {}) | _page(option("--fmbench-metrics-url"))
    return Deployment(model, stack or _UNNAMED, f"url:{url}", options=options)


def _spoken_by(stack: str) -> dict[str, Option]:
    """The dialect of one that does not speak the usual one.

    :raises UnknownName: for a stack that is not known; lists those that are.
    """
    from pytest_fmbench.catalog import STACKS

    spoken = STACKS[stack]().card.dialects
    return {} if _USUAL in spoken else {"dialect": spoken[0]}


def _page(url: str | None) -> dict[str, Option]:
    if url is None:
        return {}
    see_that_it_is_a_page("--fmbench-metrics-url", url, "http://127.0.0.1:8002/metrics")
    return {METRICS: url}


def _bundle(path: str | None) -> str | None:
    if path is not None and not Path(path).is_file():
        raise UsageError(f"--fmbench-ca-bundle {path!r}: there is no such file")
    return path and str(Path(path).absolute())


def _proxy(url: str | None) -> str | None:
    if url is None:
        return None
    if "@" in url:
        raise UsageError("--fmbench-proxy holds a password, which would be recorded: name a proxy that takes none")
    if not re.fullmatch(r"https?://[^/?#\s]+/?", url):
        raise UsageError(f"--fmbench-proxy {url!r}: give an http or https URL, such as http://127.0.0.1:3128")
    return url


def _http2(option: Callable[[str], Any]) -> bool:
    if not option("--fmbench-http2"):
        return False
    if find_spec("h2") is None:
        raise UsageError("--fmbench-http2 needs a package that is not installed: pip install 'pytest-fmbench[http2]'")
    if option("--fmbench-fresh-connections"):
        raise UsageError("--fmbench-http2 and --fmbench-fresh-connections: HTTP/2 shares connections; give one of them")
    if option("--fmbench-proxy") and urlsplit(option("--fmbench-url") or "").scheme == "http":
        raise UsageError(
            "--fmbench-http2 through --fmbench-proxy needs an https --fmbench-url; a proxy forwards http as HTTP/1.1"
        )
    return True


def _headers(pairs: list[str], key_variable: str | None) -> dict[str, str | Secret]:
    headers: dict[str, str | Secret] = {}
    for pair in pairs:
        name, colon, value = pair.partition(":")
        if not colon or not re.fullmatch(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+", name):
            raise UsageError(f"--fmbench-header: number {len(headers) + 1} is no 'Name: value'")
        if not value.strip().isascii() or re.search(r"[\r\n\0]", value.strip()):
            raise UsageError(f"--fmbench-header {name}: its value cannot be sent; it takes one line of ASCII")
        headers[name] = Secret(value.strip())
    if key_variable is not None:
        if not re.fullmatch(r"[A-Za-z_]\w*", key_variable):
            raise UsageError("--fmbench-api-key-env takes the name of an environment variable, not the key itself")
        if any(name.lower() == "authorization" for name in headers):
            raise UsageError("--fmbench-api-key-env and a --fmbench-header Authorization: give one of them")
        key = os.environ.get(key_variable, "").strip()
        if not key:
            raise UsageError(f"--fmbench-api-key-env {key_variable}: that environment variable is not set")
        headers["Authorization"] = Secret(f"Bearer {key}")
    return headers


def count(option: str, text: str) -> int:
    """The whole number that ``option`` was given.

    :raises UsageError: naming the option and what it takes.
    """
    if not re.fullmatch(r"0*[1-9]\d{0,17}", text):
        raise UsageError(f"{option} {text!r}: give a whole number from 1")
    return int(text)
