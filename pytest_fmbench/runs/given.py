"""Whether a case gives what ``fmbench`` takes, each in its place: mistaken for one another, they break far away."""

from __future__ import annotations

from typing import NoReturn

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.readable import cut

_WORKLOAD = ("prompt", "session", "fit")
"""What a workload offers, one of them at least."""


def see_deployments(*given: object) -> None:
    """See that each is a deployment.

    :raises UsageError: naming the first that is none.
    """
    for one in given:
        if not isinstance(one, Deployment):
            _refuse("deployment", one, "the fixture `deployment`, or a Deployment(model, stack)")


def see_workload(given: object) -> None:
    """See that it is a workload.

    :raises UsageError: when it is none.
    """
    if isinstance(given, type) or not any(callable(getattr(given, name, None)) for name in _WORKLOAD):
        _refuse("workload", given, "one such as chat(output_tokens=24)")


def see_load(given: object) -> None:
    """See that it is a load.

    :raises UsageError: when it is none.
    """
    offers = isinstance(getattr(given, "users", None), int) or callable(getattr(given, "offsets", None))
    if isinstance(given, type) or not offers:
        _refuse("load", given, "one such as closed(4) or poisson(2)")


def _refuse(what: str, given: object, instead: str) -> NoReturn:
    raise UsageError(f"the {what} is {cut(repr(given))}, which is none: give {instead}")
