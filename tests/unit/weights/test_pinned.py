from __future__ import annotations

import pytest

from pytest_fmbench.errors import UnknownName
from pytest_fmbench.weights.pinned import PINNED, PinnedWeights, find_pinned, megabytes


def test_the_model_is_found_with_and_without_its_quantization() -> None:
    assert find_pinned("smollm2-135m") is find_pinned("smollm2-135m", "q4_1") is PINNED[0]


def test_an_unknown_model_is_answered_with_the_known_ones() -> None:
    with pytest.raises(
        UnknownName, match=r"unknown model 'smollm2-35m', did you mean 'smollm2-135m'\?.*; or a GGUF file: its path"
    ):
        find_pinned("smollm2-35m")


def test_an_unknown_quantization_is_answered_with_those_of_the_model() -> None:
    with pytest.raises(UnknownName, match=r"unknown quantization of smollm2-135m 'q8_0'. Known: q4_1"):
        find_pinned("smollm2-135m", "q8_0")


@pytest.mark.parametrize("pinned", PINNED, ids=[pinned.label for pinned in PINNED])
def test_what_is_pinned_is_well_formed(pinned: PinnedWeights) -> None:
    assert len(bytes.fromhex(pinned.sha256)) == 32
    assert pinned.sha256 == pinned.sha256.lower()
    assert pinned.member.endswith(f"/{pinned.file_name}")
    assert pinned.licence


def test_no_two_entries_share_a_name() -> None:
    assert len({weights.label for weights in PINNED}) == len(PINNED)


def test_megabytes_are_decimal_and_whole() -> None:
    assert [megabytes(size) for size in (0, 499_999, 92_871_040, 98_362_432)] == [0, 0, 93, 98]
