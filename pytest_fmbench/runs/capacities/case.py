"""The searches of a case: carried out, and told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.workload import Workload
from pytest_fmbench.runs.baselines.conditions import conditions_of
from pytest_fmbench.runs.capacities.capacity import Capacity, search
from pytest_fmbench.runs.capacities.costs import costs_of, see_that_costs_are_kept
from pytest_fmbench.runs.capacities.probes import Wanted
from pytest_fmbench.runs.capacities.probing import Prober
from pytest_fmbench.runs.capacities.told import Plain, told, whose
from pytest_fmbench.runs.given import see_deployments, see_workload
from pytest_fmbench.runs.measure import Measuring
from pytest_fmbench.runs.pool import Pool
from pytest_fmbench.runs.ready.readying import readied
from pytest_fmbench.runs.replays.playing import see_that_it_can_be_read
from pytest_fmbench.store.session import beside, write_json

_KIND, _FILE = "capacities", "capacity.json"
_SEED = 0
"""With which sampled prompts are drawn that tell searches of different things apart."""


@dataclass
class Capacities:
    """Those of one case.

    :param folder: of the case's own records.
    :param how: each deployment is measured.
    :param window_s: of a run of this session.
    :ivar told: what was found, as plain values, in order.
    """

    case: str
    folder: Path
    pool: Pool
    how: Callable[[Deployment], Measuring]
    window_s: float
    told: list[Plain] = field(default_factory=list)

    def add(self, deployment: Deployment, workload: Workload, wanted: Wanted) -> Capacity:
        """Search, and write down what is found; see :meth:`pytest_fmbench.runs.bench.Bench.capacity`."""
        see_deployments(deployment)
        see_workload(workload)
        see_that_it_can_be_read(workload)
        how, folder = self.how(deployment), beside(self.folder, _KIND, len(self.told))
        asked, finding = readied(self.pool.acquire(deployment), workload, how, self.case)
        acquire = partial(self.pool.acquire, deployment)
        subject: Plain = {"case": self.case, "workload": repr(workload)}
        tariff = self.pool.tariff(deployment)
        subject |= whose(deployment, tariff)
        subject["conditions"] = conditions_of(
            deployment,
            acquire(),
            fingerprint=finding.fingerprint,
            workload=asked,
            load=wanted.arrivals(1.0),
            seed=_SEED,
        )
        prober = Prober(acquire, asked, wanted.objectives, folder, how, finding.input_tokens, self.window_s)
        found = search(wanted, prober, lambda line: how.observer.say(f"{wanted.name}: {line}"))
        found.costs = costs_of(found, tariff)
        subject["folder"] = f"{folder.parent.name}/{folder.name}"
        self.told.append(subject | told(found))
        write_json(folder / _FILE, self.told[-1])
        see_that_costs_are_kept(wanted.priced, found)
        return found
