from __future__ import annotations

import pytest

from pytest_fmbench.errors import UnknownName, UsageError
from pytest_fmbench.weights.hub_choice import choose
from pytest_fmbench.weights.hub_id import HubId

REPOSITORY = HubId("org/name")
FILES = ["README.md", "m-BF16.gguf", "m-F16.gguf", "m-Q4_K.gguf", "m-Q4_K_M.gguf", "m.IQ4_XS.gguf", "m_q8_0.GGUF"]


@pytest.mark.parametrize(
    ("quantization", "expected"),
    [
        ("q4_k", "m-Q4_K.gguf"),
        ("Q4_K_M", "m-Q4_K_M.gguf"),
        ("q4_k_m", "m-Q4_K_M.gguf"),
        ("f16", "m-F16.gguf"),
        ("bf16", "m-BF16.gguf"),
        ("iq4_xs", "m.IQ4_XS.gguf"),
        ("Q8_0", "m_q8_0.GGUF"),
    ],
)
def test_a_quantization_is_a_word_of_the_name_in_any_case(quantization: str, expected: str) -> None:
    assert choose(FILES, REPOSITORY, quantization) == expected


@pytest.mark.parametrize("quantization", ["q4", "k_mx", "4_k_m", "xs_", "q4.k", "README"])
def test_a_quantization_that_none_has_is_answered_with_the_files(quantization: str) -> None:
    with pytest.raises(
        UnknownName, match=r"unknown quantization of org/name '.*'\. Known: m-BF16\.gguf, m-F16"
    ) as caught:
        choose(FILES, REPOSITORY, quantization)
    assert caught.value.known == FILES[1:]


def test_a_folder_may_carry_the_quantization() -> None:
    assert choose(["Q4_0/m.gguf", "Q8_0/m.gguf"], REPOSITORY, "q8_0") == "Q8_0/m.gguf"


@pytest.mark.parametrize("beside", ["README.md", "m.safetensors", "mmproj-f16.gguf", "m.imatrix.gguf"])
def test_the_only_model_needs_no_quantization(beside: str) -> None:
    assert choose(["m.gguf", beside], REPOSITORY, None) == "m.gguf"


def test_several_that_fit_are_listed_with_the_way_out() -> None:
    with pytest.raises(
        UsageError, match=r"has 2 GGUF files: a\.gguf, b\.gguf\. Name a quantization .*'org/name/a\.gguf'"
    ):
        choose(["b.gguf", "a.gguf"], REPOSITORY, None)


def test_several_of_one_quantization_are_listed() -> None:
    with pytest.raises(UsageError, match=r"2 GGUF files with 'q4_0' in their names: UD-b-q4_0\.gguf, a-Q4_0\.gguf"):
        choose(["a-Q4_0.gguf", "UD-b-q4_0.gguf", "c-Q8_0.gguf"], REPOSITORY, "q4_0")


@pytest.mark.parametrize("names", [[], ["README.md", "model.safetensors"], ["mmproj.gguf"]])
@pytest.mark.parametrize("quantization", [None, "q4_0"])
def test_a_repository_without_a_model_says_so(names: list[str], quantization: str | None) -> None:
    with pytest.raises(UsageError, match=r"no GGUF file of a model in org/name\. Look on the Hub .*-GGUF"):
        choose(names, REPOSITORY, quantization)


@pytest.mark.parametrize("name", ["m-F16.gguf", "deep/m-F16.gguf", "mmproj-m-F16.gguf"])
def test_a_file_that_is_named_is_that_file_whatever_the_quantization(name: str) -> None:
    wanted = HubId("org/name", name.rpartition("/")[2])
    assert choose([name, "m-Q4_0.gguf"], wanted, "my-label") == name


def test_a_name_in_two_folders_is_not_one_file() -> None:
    with pytest.raises(UsageError, match=r"has 2 GGUF files: a/m\.gguf, b/m\.gguf"):
        choose(["a/m.gguf", "b/m.gguf"], HubId("org/name", "m.gguf"), "q4_0")


def test_a_file_that_is_not_there_is_answered_with_those_that_are() -> None:
    with pytest.raises(UnknownName, match=r"unknown GGUF file of org/name 'm-F61\.gguf', did you mean 'm-F16\.gguf'"):
        choose(FILES, HubId("org/name", "m-F61.gguf"), None)


PARTS = [f"Q8_0/m-Q8_0-0000{number}-of-00003.gguf" for number in (1, 2, 3)]


@pytest.mark.parametrize("wanted", [REPOSITORY, HubId("org/name", "m-Q8_0-00002-of-00003.gguf")])
def test_a_split_file_is_refused(wanted: HubId) -> None:
    with pytest.raises(
        UsageError, match=r"m-Q8_0-0000.-of-00003\.gguf is split into 3 files, which cannot be fetched yet"
    ):
        choose(PARTS, wanted, "q8_0")


def test_a_split_file_hides_no_other() -> None:
    assert choose([*PARTS, "m-Q4_0.gguf"], REPOSITORY, "q4_0") == "m-Q4_0.gguf"
    with pytest.raises(UsageError, match=r"has 2 GGUF files: Q8_0/m-Q8_0-00001-of-00003\.gguf, m-Q4_0\.gguf"):
        choose([*PARTS, "m-Q4_0.gguf"], REPOSITORY, None)
