from __future__ import annotations

import pytest

from pytest_fmbench.errors import UnknownName
from pytest_fmbench.model import registry as module
from pytest_fmbench.model.estimate import Estimate
from pytest_fmbench.model.registry import Registry
from pytest_fmbench.model.units import SPELLINGS


def registry() -> Registry[type[Estimate]]:
    return Registry("thing", {"good": "pytest_fmbench.model.estimate:Estimate", "broken": "no_such_module:thing"})


def test_a_name_gives_its_member() -> None:
    assert registry()["good"] is Estimate


def test_a_member_is_imported_once(monkeypatch: pytest.MonkeyPatch) -> None:
    known = registry()
    first = known["good"]
    monkeypatch.delattr(module, "import_module")
    assert known["good"] is first


def test_a_member_is_imported_when_it_is_asked_for_and_not_before() -> None:
    known = registry()
    assert "broken" in known
    assert list(known) == ["good", "broken"]
    assert len(known) == 2
    with pytest.raises(ModuleNotFoundError, match="no_such_module"):
        known["broken"]


def test_a_module_without_the_member_is_a_bug_of_the_catalog() -> None:
    with pytest.raises(AttributeError, match="nothing"):
        Registry[object]("thing", {"a": "pytest_fmbench.clock:nothing"})["a"]


def test_an_unknown_name_lists_the_known_ones_and_imports_none() -> None:
    with pytest.raises(UnknownName) as caught:
        registry()["goood"]
    assert str(caught.value) == "unknown thing 'goood', did you mean 'good'? Known: broken, good"
    assert "goood" not in registry()


def test_it_keeps_the_names_that_it_was_made_with() -> None:
    targets = {"good": "pytest_fmbench.model.estimate:Estimate"}
    known = Registry[object]("thing", targets)
    targets.clear()
    assert list(known) == ["good"]


def test_a_file_may_declare_several() -> None:
    known = Registry[object]("thing", {"s": "pytest_fmbench.model.units:SPELLINGS[tok/s]"})
    assert known["s"] is SPELLINGS["tok/s"]
