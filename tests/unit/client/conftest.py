"""Whatever a transport does, it does in each way of receiving."""

from __future__ import annotations

import pytest

from tests.support.ways import WAYS, go


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The way in which transports receive."""
    go(request.param, monkeypatch)
    return str(request.param)
