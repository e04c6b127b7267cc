"""Endpoints made, with the instance that generates their load where there is one, and handed over as servers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from pytest_fmbench.errors import FmbenchError
from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.launch import LaunchPlan
from pytest_fmbench.model.lease import Lease
from pytest_fmbench.platforms.aws.steps import all_done
from pytest_fmbench.platforms.base import LeaseBook, Progress
from pytest_fmbench.platforms.ec2.load_hosts import LoadHosts
from pytest_fmbench.platforms.ec2.loaded import LoadedServer
from pytest_fmbench.platforms.sagemaker.design import Design
from pytest_fmbench.platforms.sagemaker.designing import design_of, where
from pytest_fmbench.platforms.sagemaker.making import Making, sagemaker
from pytest_fmbench.platforms.sagemaker.payloads import MESSAGES
from pytest_fmbench.platforms.sagemaker.releasing import Releasing
from pytest_fmbench.platforms.sagemaker.renewing import renew
from pytest_fmbench.platforms.sagemaker.server import OurEndpoint, endpoint_of, facts_of
from pytest_fmbench.platforms.sagemaker.settings import Wanted
from pytest_fmbench.platforms.sagemaker.waiting import Waiting

Ours = OurEndpoint | LoadedServer


@dataclass(frozen=True)
class Starting:
    """Makes them, and ends them.

    :param hosts: has instances that generate load.
    :param usd_per_hour: of all that is wanted, in a region; None where nobody knows.
    """

    waiting: Waiting
    hosts: LoadHosts
    usd_per_hour: Callable[[Wanted, str], float | None]

    @property
    def progress(self) -> Progress:
        """Told what is done."""
        return self.waiting.progress

    def made(self, region: str, deployment: Deployment, plan: LaunchPlan, wanted: Wanted, book: LeaseBook) -> Ours:
        """The endpoint, once it serves. What generates its load is launched before it: it boots meanwhile.

        :raises NoCapacity: where the region has no room; then nothing of it is left, or that is told.
        :raises EnvironmentFault: when it cannot be had for another reason; likewise.
        """
        here = sagemaker(region, wanted.profile)
        design = design_of(here, deployment, plan, wanted, region)
        place = where(wanted, region) | (self.hosts.place() if wanted.load else {})
        self.progress(f"{deployment.id}: making an endpoint in {region}")
        lease = book.open(deployment, "sagemaker", place, self.usd_per_hour(wanted, region))
        beside = self.hosts.making(lease, book, self.progress)
        try:
            if wanted.load is not None:
                lease = self.hosts.launch(beside, wanted.load)
            lease = Making(here, book, self.waiting).make(lease, design)
            return self.ours(here, lease, design, book)
        except BaseException:  # Ctrl-C too: an endpoint costs from the moment that it is asked for
            self._undo(beside.lease, book)
            raise

    def ours(self, here: Any, lease: Lease, design: Design, book: LeaseBook | None) -> Ours:  # noqa: ANN401  # boto3's
        """The server that ``lease`` has.

        :raises EnvironmentFault: when what generates its load is not there, or not what it claims.
        """
        deployment, plan, wanted = design.deployment, design.plan, design.wanted
        component = lease.name if design.copies > 1 else ""
        fields = plan.request_fields if wanted.payload == MESSAGES else {}
        model = deployment.model if wanted.jumpstart else plan.served_model
        region, let_go = lease.place["region"], partial(self._let_go, lease, book)
        endpoint = endpoint_of(lease.name, region, wanted, model=model, component=component, fields=fields)
        server = OurEndpoint(endpoint, facts_of(here, lease, design), lease, design.served_as, let_go)
        return server if wanted.load is None else self.hosts.loaded(server, lease, wanted.load, let_go, self.progress)

    def renew(self, lease: Lease) -> None:
        """Move the ends that all of it comes to by itself.

        :raises CloudFault: when that cannot be done.
        """
        all_done(partial(renew, lease), partial(self.hosts.renew, lease))

    def release(self, lease: Lease) -> None:
        """Delete what ``lease`` made, and nothing else; return once it is gone.

        :raises CloudFault: when something of it is left, or that cannot be known.
        """
        all_done(partial(Releasing(self.waiting).release, lease), partial(self.hosts.release, lease, self.progress))

    def _let_go(self, lease: Lease, book: LeaseBook | None) -> None:
        self.release(lease)
        if book is not None:
            book.close(lease)

    def _undo(self, lease: Lease, book: LeaseBook) -> None:
        """Release what was made of something that is not to be had; what cannot be stays in the book."""
        self.progress(f"{lease.deployment}: {lease.name} is undone; what AWS still makes can be deleted only then")
        try:
            self.release(lease)
            book.close(lease)
        except FmbenchError as fault:
            self.progress(f"{lease.deployment}: {lease.name} could not be released: {fault}; `fmbench reap` ends it")
