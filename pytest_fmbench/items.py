"""What a collected case says of itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_fmbench.model.deployment import Deployment

if TYPE_CHECKING:
    import pytest


def deployment_of(item: pytest.Item) -> Deployment | None:
    """The deployment that a case is parametrized with; None where it is with none."""
    callspec = getattr(item, "callspec", None)
    found = callspec.params.get("deployment") if callspec else None
    return found if isinstance(found, Deployment) else None
