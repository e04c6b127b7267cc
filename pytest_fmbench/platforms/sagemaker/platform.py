"""The platform: what it checks, makes, takes over, and gives back."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from pytest_fmbench.errors import NoCapacity, NotAllowed, UsageError
from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.launch import LaunchPlan
from pytest_fmbench.model.lease import Lease
from pytest_fmbench.model.price import Price
from pytest_fmbench.platforms.aws.clients import first_region_of, regions_of
from pytest_fmbench.platforms.base import LeaseBook, Progress, Surroundings
from pytest_fmbench.platforms.ec2.load_hosts import LoadHosts
from pytest_fmbench.platforms.ec2.load_leases import LoadLeases
from pytest_fmbench.platforms.ec2.loaded import LoadedServer
from pytest_fmbench.platforms.sagemaker import jumpstart
from pytest_fmbench.platforms.sagemaker.adopting import see_that_it_is_what_it_claims
from pytest_fmbench.platforms.sagemaker.container import see_that_it_can_run
from pytest_fmbench.platforms.sagemaker.designing import design_of, see_that_it_can_be_told
from pytest_fmbench.platforms.sagemaker.making import sagemaker
from pytest_fmbench.platforms.sagemaker.payloads import PAYLOADS
from pytest_fmbench.platforms.sagemaker.server import TheirEndpoint, their_endpoint
from pytest_fmbench.platforms.sagemaker.settings import Wanted, wanted_of
from pytest_fmbench.platforms.sagemaker.starting import Ours, Starting
from pytest_fmbench.platforms.sagemaker.straying import strays
from pytest_fmbench.platforms.sagemaker.waiting import Waiting


class SageMaker:
    """``sagemaker:ml.g5.2xlarge?role=ARN``, or ``sagemaker:?endpoint=NAME`` for one that runs.

    :param sleep: waits so many seconds.
    """

    name = "sagemaker"
    shares_this_machine = False

    def __init__(self, surroundings: Surroundings, sleep: Callable[[float], None] = time.sleep) -> None:
        self._surroundings, self._sleep = surroundings, sleep
        self._hosts = LoadHosts(surroundings, sleep)
        self._leases = LoadLeases(self._hosts, self.name)

    def check(self, deployment: Deployment) -> None:
        """See what can be known to be wrong without asking anybody.

        :raises UsageError: for a setting, a type, a stack or a model that can never be had there.
        """
        wanted = self._wanted(deployment)
        if deployment.dialect != "openai-chat":
            raise UsageError(
                f"{deployment.id}: SageMaker wraps what a server says, so it has dialects of its own: leave the option "
                f"out, and give payload={' or payload='.join(PAYLOADS)} with the instance"
            )
        if wanted.jumpstart:
            jumpstart.see_that_it_takes(deployment, wanted)
        elif not wanted.foreign:
            see_that_it_can_run(deployment, wanted)

    def check_plan(self, deployment: Deployment, plan: LaunchPlan) -> None:
        """See that its image can be told what the plan says, and that there is room for its copies.

        :raises UsageError: for a flag that no variable can carry, and where there is none.
        """
        wanted = self._wanted(deployment)
        if not wanted.foreign:
            see_that_it_can_be_told(deployment, plan, wanted)

    def usd_per_hour(self, deployment: Deployment) -> float | None:
        """What is made for it costs in the region that is tried first; None where nobody knows, or nothing is made."""
        wanted = self._wanted(deployment)
        if wanted.foreign and wanted.load is None:
            return None
        region = first_region_of(wanted.regions, wanted.profile)
        return None if region is None else self._usd(wanted, region)

    def price_of_serving(self, deployment: Deployment) -> Price | None:
        """What an hour of its endpoint costs there, without what generates load; None where it is somebody else's."""
        wanted = self._wanted(deployment)
        region = first_region_of(wanted.regions, wanted.profile)
        each = None if region is None or wanted.foreign else self._price(wanted, region)
        return None if each is None else each.times(wanted.instances)

    def start(
        self,
        deployment: Deployment,
        plan: LaunchPlan | None,
        log: Path,  # noqa: ARG002  # the protocol's; what containers write is in CloudWatch
        progress: Progress,
    ) -> Ours | TheirEndpoint:
        """Make an endpoint in the first region that has room, and return once it serves; or find the one that is named.

        :raises UsageError: as :meth:`check`.
        :raises NotAllowed: without credentials, a role, or leave to spend.
        :raises NoCapacity: when no region has room, or a quota is used up in each.
        :raises EnvironmentFault: when it cannot be had for another reason.
        """
        self.check(deployment)
        wanted = self._wanted(deployment)
        if wanted.foreign:
            return self._theirs(deployment, plan, wanted, progress)
        if plan is None:
            raise ValueError("SageMaker makes endpoints by a plan")
        book, starting, problems = self._book(deployment, wanted), self._starting(progress), list[str]()
        for region in regions_of(wanted.regions, wanted.profile):
            try:
                if wanted.load is not None:
                    self._hosts.see_that_one_can_be(deployment, wanted.load, region)
                return starting.made(region, deployment, plan, wanted, book)
            except (NoCapacity, NotAllowed) as problem:  # noqa: PERF203  # a handful of regions
                if isinstance(problem, NotAllowed) and not problems:
                    raise
                problems.append(str(problem))
                progress(f"{deployment.id}: {problem}")
        raise NoCapacity(f"{deployment.id}: there is no room for it: {'; '.join(problems)}")

    def adopt(self, lease: Lease, deployment: Deployment, plan: LaunchPlan | None, progress: Progress) -> Ours:
        """The endpoint of ``lease``, once it is seen to be what would be made now, and to serve.

        :raises EnvironmentFault: when it is not, or does not.
        """
        wanted = self._wanted(deployment)
        if wanted.foreign and wanted.load is not None:
            theirs = their_endpoint(deployment, plan, wanted, lease.place["region"])
            return self._leases.again(theirs, lease, deployment, wanted.load, progress)
        if plan is None:
            raise ValueError("SageMaker makes endpoints by a plan")
        here = sagemaker(lease.place["region"], lease.place.get("profile", ""))
        design = design_of(here, deployment, plan, wanted, lease.place["region"])
        see_that_it_is_what_it_claims(here, lease, design, self._waiting(progress))
        return self._starting(progress).ours(here, lease, design, self._surroundings.book)

    def renew(self, lease: Lease) -> None:
        """Move its dead-man, and the ends that its tags tell.

        :raises CloudFault: when that cannot be done.
        """
        self._starting(_silent).renew(lease)

    def release(self, lease: Lease, progress: Progress) -> None:
        """Delete what ``lease`` made, and nothing else; return once it is gone.

        :raises CloudFault: when something of it is left, or that cannot be known.
        """
        self._starting(progress).release(lease)

    def strays(self, regions: Sequence[str]) -> Sequence[Lease]:
        """What carries our tags there; without regions, in the usual one.

        :raises NotAllowed: where there are no credentials, or no region is named.
        :raises CloudFault: when it cannot be looked for.
        """
        given = self._surroundings
        profile = given.settings.get("profile", "")
        return [lease for region in regions_of(regions, profile) for lease in strays(region, profile, given.price)]

    def _theirs(
        self, deployment: Deployment, plan: LaunchPlan | None, wanted: Wanted, progress: Progress
    ) -> TheirEndpoint | LoadedServer:
        region = regions_of(wanted.regions, wanted.profile)[0]
        server = their_endpoint(deployment, plan, wanted, region)
        if wanted.load is None:
            return server
        return self._leases.made(server, deployment, wanted.load, region, progress)

    def _book(self, deployment: Deployment, wanted: Wanted) -> LeaseBook:
        if self._surroundings.book is None:
            raise NotAllowed(f"{deployment.id}: its endpoint costs money; --fmbench-budget USD allows it")
        if not wanted.role:
            raise NotAllowed(
                f"{deployment.id}: its containers need a role: role=ARN with the instance, or --fmbench-aws role=ARN"
            )
        return self._surroundings.book

    def _usd(self, wanted: Wanted, region: str) -> float | None:
        every = Price(0.0, "") if wanted.foreign else self._price(wanted, region)
        load = self._hosts.usd_per_hour(wanted.load, region) if wanted.load is not None else 0.0
        return None if every is None or load is None else every.usd_per_hour * wanted.instances + load

    def _price(self, wanted: Wanted, region: str) -> Price | None:
        return self._surroundings.price(self.name, wanted.type, region, "on-demand")

    def _wanted(self, deployment: Deployment) -> Wanted:
        return wanted_of(deployment, self._surroundings.settings)

    def _starting(self, progress: Progress) -> Starting:
        return Starting(self._waiting(progress), self._hosts, self._usd)

    def _waiting(self, progress: Progress) -> Waiting:
        return Waiting(progress, self._sleep)


def _silent(_: str) -> None:
    """What is told while a lease is renewed: nothing."""
