"""What is written of a run beside its figures: what was asked, of what, under which conditions."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_fmbench.client.dialects.base import Dialect
from pytest_fmbench.load.arrivals import Closed, Load, shape_of
from pytest_fmbench.model.conditions import Plain
from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.objective import Objective
from pytest_fmbench.model.workload import Workload
from pytest_fmbench.platforms.base import Server
from pytest_fmbench.runs.baselines.conditions import conditions_of
from pytest_fmbench.runs.replays.playing import Played
from pytest_fmbench.runs.summary import Summary


def subject_of(
    case: str, deployment: Deployment, workload: Workload, load: Load, objectives: Sequence[Objective]
) -> Summary:
    """A run of ``case``, as plain values."""
    return {
        "case": case,
        "deployment": deployment.id,
        "workload": repr(workload),
        "load": str(load),
        "open_loop": not isinstance(load, Closed),
        "shape_s": shape_of(load),
        "sla": [objective.text for objective in objectives],
        "sla_names": sorted({objective.sla for objective in objectives} - {""}),
    }


def items_told(dialect: Dialect) -> Summary:
    """What items are called, of a dialect that has any."""
    unit = getattr(dialect, "unit", None)
    return {} if unit is None else {"items_are": unit}


def conditions_under(
    deployment: Deployment, server: Server, play: Played, asked: Workload, fingerprint: str, *, seed: int
) -> dict[str, dict[str, Plain]]:
    """What the figures of a run depend on beside the server's own speed.

    :param asked: the workload, fitted to the model.
    :param fingerprint: what the server calls its own set-up.
    :param seed: with which prompts are drawn.
    """
    found = conditions_of(deployment, server, fingerprint=fingerprint, workload=asked, load=play.load, seed=seed)
    found["load"] |= play.conditions()
    return found
