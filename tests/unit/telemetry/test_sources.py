"""What holds for every source of the catalog."""

from __future__ import annotations

import pytest

from pytest_fmbench.catalog import SOURCES
from pytest_fmbench.errors import TelemetryFault
from pytest_fmbench.model.endpoint import Endpoint
from pytest_fmbench.model.telemetry import VOCABULARY
from pytest_fmbench.telemetry.base import Subject

NOWHERE = Subject(Endpoint("http://elsewhere.invalid/v1", "m", "openai-chat"), here=False)


@pytest.mark.parametrize("name", SOURCES)
def test_it_is_there_and_uses_our_words_or_says_why_it_is_not(name: str) -> None:
    if name == "host":  # which is there wherever Python is
        source = SOURCES[name](NOWHERE)
        assert set(source.words) <= set(VOCABULARY[source.family])
        assert {one.name for one in source.sample()} <= set(source.words)
        source.close()
    else:
        with pytest.raises(TelemetryFault, match=r"\w \w"):
            SOURCES[name](NOWHERE)


def test_some_source_tells_each_family() -> None:
    assert {SOURCES[name].family for name in SOURCES} == {*VOCABULARY}  # type: ignore[attr-defined]  # of a class
