from __future__ import annotations

from typing import Any

import pytest

from pytest_fmbench.model.comparison import outcome_in


@pytest.mark.parametrize(
    ("found", "outcome"),
    [
        (None, ""),
        ({}, ""),
        ({"differences": [], "doubt": "", "statistics": []}, ""),
        ({"differences": [], "doubt": "", "statistics": [{"change": "equivalent"}, {"change": "inconclusive"}]}, ""),
        ({"differences": [], "doubt": "", "statistics": [{"change": "improvement"}, {"change": "regression"}]}, "fail"),
        ({"differences": ["cores: 8 -> 2"], "doubt": "", "statistics": []}, "error"),
        ({"differences": [], "doubt": "we were late", "statistics": []}, "error"),
    ],
)
def test_only_what_is_worse_or_not_alike_has_an_outcome(found: dict[str, Any] | None, outcome: str) -> None:
    assert outcome_in(found) == outcome
