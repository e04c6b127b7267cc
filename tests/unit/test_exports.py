from __future__ import annotations

from types import ModuleType

import pytest_fmbench

NAMESPACES = ["agents", "lengths", "mlperf"]
"""Modules that are public themselves."""


def test_what_is_public_is_what_is_exported() -> None:
    names = {name: value for name, value in vars(pytest_fmbench).items() if not name.startswith("_")}
    public = [name for name, value in names.items() if not isinstance(value, ModuleType)]
    assert sorted(pytest_fmbench.__all__) == sorted([*public, *NAMESPACES])
