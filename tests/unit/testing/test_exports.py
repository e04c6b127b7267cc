from __future__ import annotations

from types import ModuleType

from pytest_fmbench import testing


def test_what_is_public_is_what_is_exported() -> None:
    names = {name: value for name, value in vars(testing).items() if not name.startswith("_")}
    assert sorted(testing.__all__) == sorted(name for name, value in names.items() if not isinstance(value, ModuleType))
