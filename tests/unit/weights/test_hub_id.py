from __future__ import annotations

import pytest

from pytest_fmbench.weights.hub_id import HubId, hub_id_of


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("org/name", HubId("org/name")),
        ("Org-1/Na_me.2-GGUF", HubId("Org-1/Na_me.2-GGUF")),
        ("org/name/file.gguf", HubId("org/name", "file.gguf")),
        ("org/name/A file (1).GGUF", HubId("org/name", "A file (1).GGUF")),
    ],
)
def test_an_id_is_read_and_written_back(model: str, expected: HubId) -> None:
    found = hub_id_of(model)
    assert found == expected
    assert str(found) == model


@pytest.mark.parametrize(
    "model",
    ["name", "org/file.gguf", "org/name/file.bin", "org/name/", "/org/name", "./org/name", "~/name", "a/b/c/d.gguf",
     "org\\name", "../name/file.gguf", "org//file.gguf", ""],
)  # fmt: skip
def test_what_is_no_id(model: str) -> None:
    assert hub_id_of(model) is None
