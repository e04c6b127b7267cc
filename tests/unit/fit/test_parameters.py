from __future__ import annotations

import pytest

from pytest_fmbench.fit.architecture import Architecture
from pytest_fmbench.fit.parameters import parameters
from pytest_fmbench.fit.reading import read_config
from tests.support.models import CONFIGS, PUBLISHED


def architecture(model: str) -> Architecture:
    found = read_config(CONFIGS[model])
    assert isinstance(found, Architecture)
    return found


@pytest.mark.parametrize("model", PUBLISHED)
def test_they_are_as_many_as_were_published(model: str) -> None:
    assert parameters(architecture(model)).total == PUBLISHED[model]


def test_each_is_counted_where_it_belongs() -> None:
    found = parameters(architecture("Mixtral-8x7B-v0.1"))
    assert found.embedding == found.head == 32_000 * 4096
    assert found.matrices == 32 * 4096 * (2 * 4096 + 2 * 1024)
    assert found.experts == 32 * 8 * 3 * 4096 * 14336
    assert found.rest == 32 * (8 * 4096 + 2 * 4096) + 4096


def test_a_tied_output_is_counted_once() -> None:
    assert parameters(architecture("gemma-2-9b")).head == 0
    assert parameters(architecture("phi-4")).head == 100_352 * 5120
