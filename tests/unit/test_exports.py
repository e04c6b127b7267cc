from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import pytest_fmbench


def _of_type_checkers() -> dict[str, str]:
    """Names that a type checker sees, and the module of each."""
    tree = ast.parse(Path(pytest_fmbench.__file__).read_text())
    found = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module]
    return {
        name.name: str(node.module)
        for node in found
        for name in node.names
        if str(node.module).startswith("pytest_fmbench.")
    }


def test_what_type_checkers_know_is_what_there_is() -> None:
    assert {name: f"pytest_fmbench.{home}" for name, home in pytest_fmbench._HOMES.items()} == _of_type_checkers()  # noqa: SLF001  # the table itself
    assert sorted(_of_type_checkers()) == pytest_fmbench.__all__


@pytest.mark.parametrize("name", pytest_fmbench.__all__)
def test_each_name_is_there(name: str) -> None:
    found = getattr(pytest_fmbench, name)
    home = _of_type_checkers()[name]
    assert found is getattr(sys.modules[home], name)
    assert name in dir(pytest_fmbench)


def test_another_name_is_not() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'clsoed'"):
        pytest_fmbench.clsoed  # type: ignore[attr-defined]  # noqa: B018  # that is the test


def test_a_name_alone_imports_what_it_needs_alone() -> None:
    code = "import sys; from pytest_fmbench import closed; print(*(one for one in sys.modules if '.workloads' in one))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.split() == []
