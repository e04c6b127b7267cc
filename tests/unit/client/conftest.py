"""Whatever a transport does, it does in each way of receiving."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator

import pytest

from tests.support.ways import WAYS, go


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The way in which transports receive."""
    go(request.param, monkeypatch)
    return str(request.param)


@pytest.fixture
def no_descriptor_is_left() -> Iterator[None]:
    """Without the collector's help, which a load process does not have."""
    if not sys.platform.startswith("linux"):
        yield
        return
    gc.collect()
    gc.disable()
    try:
        before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208  # names are counted, and no paths wanted
        yield
        assert len(os.listdir("/proc/self/fd")) <= before  # noqa: PTH208
    finally:
        gc.enable()
