"""Hooks that a conftest or another plugin may implement."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from pytest_fmbench.model.deployment import Deployment


@pytest.hookspec(firstresult=True)
def pytest_fmbench_deployments(config: pytest.Config) -> Iterable[Deployment] | None:
    """The deployments that a case is run against when it has no ``deployments`` marker.

    Called in every process that collects, so the order must be the same each time::

        # conftest.py
        from pytest_fmbench import Deployment

        def pytest_fmbench_deployments(config):
            return [Deployment("smollm2-135m", "llamacpp")]
    """
