"""Seeing that an endpoint that another session kept is what its lease claims."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pytest_fmbench.errors import EnvironmentFault
from pytest_fmbench.model.lease import Lease
from pytest_fmbench.platforms.sagemaker.asking import CONFIG, MODEL, ours
from pytest_fmbench.platforms.sagemaker.design import Design
from pytest_fmbench.platforms.sagemaker.waiting import Waiting


def see_that_it_is_what_it_claims(here: Any, lease: Lease, design: Design, waiting: Waiting) -> None:  # noqa: ANN401  # boto3's
    """See that it carries the lease's tags, was made as it would be made now, and serves.

    :raises EnvironmentFault: when one of that is not so; says which.
    """
    for kind in (MODEL, CONFIG, *design.served_as):
        if ours(here, kind, lease) is None:
            raise EnvironmentFault(f"{lease.deployment}: the {kind.word} {lease.name} is gone, or not of its lease")
    changed = list(_changed(ours(here, CONFIG, lease) or {}, ours(here, MODEL, lease) or {}, design))
    if changed:
        raise EnvironmentFault(f"{lease.deployment}: {lease.name} is not what it claims: {'; '.join(changed)}")
    for kind in design.served_as:
        waiting.until_it_serves(here, kind, lease, design.wanted.boot_s)


def _changed(config: Mapping[str, Any], model: Mapping[str, Any], design: Design) -> Iterator[str]:
    variant, container = dict(config["ProductionVariants"][0]), dict(model.get("PrimaryContainer") or {})
    wanted, definition = design.wanted, design.contained.definition
    yield from _differs("instance type", variant.get("InstanceType"), wanted.type)
    yield from _differs("instances", variant.get("InitialInstanceCount"), wanted.instances)
    yield from _differs("image", container.get("Image"), definition.get("Image"))
    yield from _differs("variables", container.get("Environment") or {}, definition.get("Environment") or {})
    yield from _differs("model data", container.get("ModelDataSource"), definition.get("ModelDataSource"))


def _differs(what: str, found: object, expected: object) -> Iterator[str]:
    if found != expected:
        yield f"{what}: {found} instead of {expected}"
