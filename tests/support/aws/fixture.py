"""The fixture ``cloud``."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.support.aws.cloud import Cloud


@cache
def loader(path: str | None = None) -> Any:
    """Reads the models of AWS, which are large, once a process, and not for each client again."""
    from botocore.loaders import Loader

    return Loader(extra_search_paths=path.split(":") if path else None)


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    """AWS on this machine, with nothing in it; what AWS would not have taken fails the test."""
    pytest.importorskip("moto", reason="AWS's stand-in needs moto: pip install 'pytest-fmbench[test]'")
    if sys.platform == "darwin":
        pytest.skip("instances of AWS's stand-in have addresses in 127.77.0.0/16, of which macOS has none")
    from pytest_fmbench.platforms.aws.clients import client
    from tests.support.aws.cloud import Cloud
    from tests.support.aws.serving import standing

    server = standing()
    server.reset()
    found = Cloud(server)
    for name, value in found.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    monkeypatch.setattr("botocore.session.create_loader", loader)
    client.cache_clear()
    yield found
    client.cache_clear()
    server.end_of_world()
    if found.problems:
        listed = "\n".join(found.problems)
        pytest.fail(f"AWS would not have taken this, or its stand-in does not know it:\n{listed}", pytrace=False)
