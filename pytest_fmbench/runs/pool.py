"""The session's servers: a deployment becomes a live endpoint when it is first asked for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeGuard

from pytest_fmbench.errors import EnvironmentFault, LaunchError, NotAllowed, StoreError, UsageError
from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.launch import LaunchPlan
from pytest_fmbench.model.price import Tariff
from pytest_fmbench.model.registry import Registry
from pytest_fmbench.platforms.base import Leasing, Platform, Progress, ReadsPlans, ServedAlready, Server, Surroundings
from pytest_fmbench.runs.holding import awake, held
from pytest_fmbench.runs.ready.fitting import see_that_it_can_be, told
from pytest_fmbench.runs.ready.leftovers import Leftovers
from pytest_fmbench.runs.tariffs import Tariffs
from pytest_fmbench.runs.tenancy.cost import Cost
from pytest_fmbench.runs.tenancy.paying import PaidByToken, Paying
from pytest_fmbench.runs.tenancy.tenancy import Tenancy
from pytest_fmbench.stacks.base import Stack
from pytest_fmbench.store.session import file_name


class Pool:
    """Starts each deployment once and stops all of them at the end.

    Servers on this machine would slow each other down, so of those only the last one asked for is kept, but for one
    that is asked for beside it, and is held still.

    :param logs: folder for what the servers write.
    :param tenancy: by which servers that are paid are had; None where nobody pays.
    :param paying: what servers cost; None where nobody pays.
    :param tariffs: what is known of prices beside that; None is nothing.
    :ivar leftovers: what runs left to its servers.
    """

    def __init__(
        self,
        platforms: Registry[Callable[[Surroundings], Platform]],
        stacks: Registry[Callable[[], Stack]],
        surroundings: Surroundings,
        logs: Path,
        progress: Progress,
        *,
        tenancy: Tenancy | None = None,
        paying: Paying | None = None,
        tariffs: Tariffs | None = None,
    ) -> None:
        self._platforms, self._stacks, self._surroundings = platforms, stacks, surroundings
        self._logs, self._progress = logs, progress
        self._tenancy, self._paying, self._tariffs = tenancy, paying, tariffs or Tariffs()
        self._servers: dict[Deployment, Server] = {}
        self._here: set[Deployment] = set()
        self._alone: set[Deployment] = set()
        self.leftovers = Leftovers()
        self._not_to_be_had: dict[Deployment, EnvironmentFault] = {}

    def check(self, deployment: Deployment) -> None:
        """Find what can be known to be wrong with ``deployment`` without starting anything.

        :raises UsageError: for an unknown platform or stack, options that either refuses, and what its hardware does
            not compute or has no room for, as far as both are known.
        """
        plan, platform = self._plan(deployment), self._platform(deployment)
        if plan is not None:
            see_that_it_can_be(deployment, plan, self._stacks[deployment.stack]().card)
        platform.check(deployment)
        if plan is not None and isinstance(platform, ReadsPlans):
            platform.check_plan(deployment, plan)

    def see_that_it_may_be(self, deployment: Deployment) -> None:
        """See that a deployment that is paid by the token may be asked, before it is.

        :raises UsageError: as :meth:`check`.
        :raises NotAllowed: when there is no budget.
        :raises NotMeasured: when it is spent.
        """
        self.check(deployment)
        if self._paying is not None:
            self._paying.see_that_it_may_be(self._platform(deployment), deployment)

    def fitting(self, deployment: Deployment) -> str | None:
        """How its model fits its hardware, in a line, or why that is not known; None where its server is not ours."""
        plan = self._plan(deployment)
        if plan is None:
            return None
        return told(deployment, plan, self._stacks[deployment.stack]().card)

    def usd_per_hour(self, deployment: Deployment) -> float | None:
        """What its server costs while it is up; None where it is not ours.

        :raises UnknownName: for an unknown platform.
        """
        return self._platform(deployment).usd_per_hour(deployment)

    def acquire(self, deployment: Deployment, *, beside: Deployment | None = None) -> Server:
        """The live server of ``deployment``, started if it is not running yet.

        :param beside: asked for in turns with it: where that can be, its server is held still meanwhile, not stopped.
        :raises UsageError: as :meth:`check`.
        :raises NotAllowed: when it needs money, hardware or credentials that it has not been given.
        :raises NotMeasured: when the budget is spent.
        :raises EnvironmentFault: when it cannot be had, or has died since.
        """
        server = self._servers.get(deployment)
        if server is None:
            return self._start(deployment, beside)
        failure = server.failure()
        if failure:
            raise LaunchError(f"{deployment.id}: {failure}", server.log_tail())
        cost = self.cost_of(server)
        if cost is not None:
            cost.see_that_there_is_money()
        if deployment in self._here:
            self._make_room(deployment, beside)
        return awake(server)

    def renew(self, deployment: Deployment) -> Server:
        """A new server of ``deployment``; the one that runs, if there is one, is stopped before.

        :raises UsageError: where the server is not ours to stop, and as :meth:`check`.
        :raises EnvironmentFault: when it cannot be had.
        """
        running = self._servers.get(deployment)
        if running is not None and running.foreign:
            raise UsageError(f"{deployment.id} is not ours to start anew")
        if running is not None:
            self._stop(deployment, for_good=True)
        return self._start(deployment)

    def cost_of(self, server: Server) -> Cost | None:
        """What a server of this pool costs; None where nobody pays for it."""
        deployment = self._deployment_of(server)
        if deployment is None or self._paying is None:
            return None
        return self._paying.cost_of(self._platform(deployment), deployment)

    def is_paid(self, deployment: Deployment) -> bool:
        """Whether it is us who pay for such a server, unless it is there already."""
        return isinstance(self._platform(deployment), (Leasing, PaidByToken))

    def tariff(self, deployment: Deployment) -> Tariff | None:
        """What ``deployment`` is paid by; None where nobody says.

        :raises NotAllowed: where what we would pay is not known.
        """
        return self._tariffs.of(self._platform(deployment), deployment)

    def tariff_of(self, server: Server) -> Tariff | None:
        """That of a server of this pool."""
        deployment = self._deployment_of(server)
        return None if deployment is None else self.tariff(deployment)

    def shares_this_machine(self, server: Server) -> bool:
        """Whether a server of this pool runs here too."""
        return any(self._servers.get(one) is server for one in self._here)

    def log(self, identity: str) -> Path:
        """Where the server of the deployment with this id writes; no file where it is not ours, or wrote nothing."""
        return self._logs / f"{file_name(identity)}.log"

    def let_go(self, deployment: Deployment) -> None:
        """Stop the server of ``deployment`` if it is paid as long as it is up; another case would start it again."""
        if deployment in self._servers and _leases(self._platform(deployment), deployment):
            self._stop(deployment)

    def close(self) -> None:
        """Stop every server that was started."""
        for deployment in list(self._servers):
            self._stop(deployment)

    def _start(self, deployment: Deployment, beside: Deployment | None = None) -> Server:
        platform = self._platform(deployment)
        if platform.shares_this_machine:
            self._make_room(deployment, beside)
        log = self.log(deployment.id)
        try:
            log.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(f"cannot make {log.parent}: {error}") from error
        plan = self._plan(deployment)
        if _leases(platform, deployment):
            server = self._leased(platform, deployment, plan, log)
        else:
            server = self._started(platform, deployment, plan, log, beside)
        self._servers[deployment] = server
        if platform.shares_this_machine:
            self._here.add(deployment)
        return server

    def _started(
        self, platform: Platform, deployment: Deployment, plan: LaunchPlan | None, log: Path, beside: Deployment | None
    ) -> Server:
        """A server that is not paid by the hour."""
        if self._paying is not None:
            self._paying.see_that_it_may_be(platform, deployment)
        try:
            return platform.start(deployment, plan, log, self._progress)
        except LaunchError:
            if beside not in self._here:
                raise
            self._alone.add(deployment)  # there may be no room for both
            self._make_room(deployment, beside)
            return platform.start(deployment, plan, log, self._progress)

    def _make_room(self, deployment: Deployment, beside: Deployment | None) -> None:
        """Stop, or hold still, whatever else runs on this machine."""
        alone = beside is None or not self._alone.isdisjoint((deployment, beside))
        for other in self._here - {deployment}:
            if alone or other != beside or not held(self._servers[other]):
                self._stop(other)

    def _leased(self, platform: Leasing, deployment: Deployment, plan: LaunchPlan | None, log: Path) -> Server:
        """A server that is paid; what was not to be had once is not paid for again by each case that wants it."""
        if self._paying is not None:
            self._paying.see_that_it_may_be(platform, deployment)
        if deployment in self._not_to_be_had:
            raise self._not_to_be_had[deployment].with_traceback(None)
        try:
            return self._tenancy_of(deployment).have(platform, deployment, plan, log)
        except EnvironmentFault as error:
            self._not_to_be_had[deployment] = error
            raise

    def _deployment_of(self, server: Server) -> Deployment | None:
        return next((one for one, its in self._servers.items() if its is server), None)

    def _platform(self, deployment: Deployment) -> Platform:
        return self._platforms[deployment.platform](self._surroundings)

    def _tenancy_of(self, deployment: Deployment) -> Tenancy:
        """That by which paid servers are had.

        :raises NotAllowed: where there is none.
        """
        if self._tenancy is None:
            raise NotAllowed(f"{deployment.id} costs money, and nothing here keeps its lease")
        return self._tenancy

    def _plan(self, deployment: Deployment) -> LaunchPlan | None:
        platform = self._platform(deployment)
        return None if _serves_already(platform) else self._stacks[deployment.stack]().plan(deployment)

    def _stop(self, deployment: Deployment, *, for_good: bool = False) -> None:
        self._here.discard(deployment)
        platform, server = self._platform(deployment), self._servers.pop(deployment)
        if _leases(platform, deployment):
            self._tenancy_of(deployment).leave(deployment, platform, server, for_good=for_good)
        else:
            server.stop()


def _serves_already(platform: Platform) -> bool:
    return isinstance(platform, ServedAlready) and platform.served_already


def _leases(platform: Platform, deployment: Deployment) -> TypeGuard[Leasing]:
    """Whether a server of ``deployment`` has a lease; of those that serve already, what is beside one may cost."""
    if not isinstance(platform, Leasing):
        return False
    return not _serves_already(platform) or platform.usd_per_hour(deployment) is not None
