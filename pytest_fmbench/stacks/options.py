"""Reading a deployment's options against the ones that a stack knows."""

from __future__ import annotations

from collections.abc import Mapping

from pytest_fmbench.errors import UnknownName, UsageError
from pytest_fmbench.model.deployment import Deployment


def counts(deployment: Deployment, defaults: Mapping[str, int]) -> dict[str, int]:
    """The deployment's own options over ``defaults``, each a whole number from 1.

    :raises UnknownName: for an option that is not among the defaults.
    :raises UsageError: for a value that is no whole number from 1.
    """
    own = {name: value for name, value in deployment.options.items() if name != "dialect"}
    for name, value in own.items():
        if name not in defaults:
            raise UnknownName(f"option of stack {deployment.stack!r}:", name, defaults)
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise UsageError(f"{deployment.id}: option {name}={value!r} must be a whole number from 1")
    return {**defaults, **{name: int(value) for name, value in own.items()}}
