"""Answers of a real model on a real engine: the same score whenever it is asked, within its interval."""

from __future__ import annotations

import json

import pytest

from pytest_fmbench.weights.cache import CACHE_VARIABLE
from tests.live.conftest import CACHE

pytestmark = pytest.mark.lasting

CASE = """
import pytest
from pytest_fmbench import Deployment, basics

@pytest.mark.deployments(Deployment("smollm2-135m", "llamacpp", quantization="q4_1"))
@pytest.mark.sla("quality.score > 5%", "quality.failed <= 0%")
def test_it(fmbench, deployment):
    found = fmbench.quality(deployment, basics(), requests=36)
    assert found.numeric.n == 20
"""


def test_a_real_model_answers_alike_in_two_sessions(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(CACHE_VARIABLE, str(CACHE))
    pytester.makepyfile(CASE)
    for _ in range(2):
        pytester.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=1)
    first, second = (
        json.loads(path.read_text())["figures"]["score"]
        for path in sorted(pytester.path.glob("fmbench-out/*/qualities/*/quality.json"))
    )
    assert first["n"] == second["n"] == 36
    assert first["low"] <= second["value"] <= first["high"]
