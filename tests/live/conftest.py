from __future__ import annotations

import pytest

from pytest_fmbench.weights.cache import CACHE_VARIABLE, cache_root
from pytest_fmbench.weights.fetch import locate

CACHE = cache_root()
"""The user's own, known before pytester gives its sessions another home."""

LIVE_CASE = """
import pytest
from pytest_fmbench import Deployment, chat, closed

@pytest.mark.deployments(Deployment("smollm2-135m", "llamacpp", quantization="q4_1"))
@pytest.mark.parametrize("load", [closed(1), closed(3)], ids=str)
@pytest.mark.sla("ttft.mean < 30s", "error_rate <= 0%")
def test_chat(fmbench, deployment, load):
    fmbench(deployment, chat(output_tokens=6), load, requests=12, duration=120, warmup=0)
"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "/live/" in item.path.as_posix():
            item.add_marker(pytest.mark.live)


@pytest.fixture(scope="session", autouse=True)
def _weights() -> None:
    """Fetched once here, so that no test waits for them with a clock running."""
    pytest.importorskip("xllamacpp", reason="needs pytest-fmbench[local]")
    locate("smollm2-135m", "q4_1", progress=lambda _: None)


@pytest.fixture
def live_case(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A folder with two cases against a real engine that serves a real model."""
    monkeypatch.setenv(CACHE_VARIABLE, str(CACHE))
    pytester.makepyfile(LIVE_CASE)
    return pytester
