"""``ec2:g6e.2xlarge?regions=us-west-2,us-east-1&market=spot``: a server on an instance of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from time import sleep

from pytest_fmbench.errors import NotAllowed
from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.launch import LaunchPlan
from pytest_fmbench.model.lease import Lease
from pytest_fmbench.model.price import Price
from pytest_fmbench.platforms.aws.clients import first_region_of, regions_of
from pytest_fmbench.platforms.base import LeaseBook, Progress, Surroundings
from pytest_fmbench.platforms.ec2.account import Account
from pytest_fmbench.platforms.ec2.launching import Order
from pytest_fmbench.platforms.ec2.releasing import release
from pytest_fmbench.platforms.ec2.renewing import renew
from pytest_fmbench.platforms.ec2.server import Ec2Server
from pytest_fmbench.platforms.ec2.settings import DIRECT, ON_DEMAND, SSM, Wanted, wanted_of
from pytest_fmbench.platforms.ec2.source import own_address
from pytest_fmbench.platforms.ec2.ssh import see_that_ssh_is_here
from pytest_fmbench.platforms.ec2.starting import adopted, container_of, started
from pytest_fmbench.platforms.ec2.strays import strays_in
from pytest_fmbench.platforms.ec2.ways import see_that_sessions_can_be


class Ec2:
    """Instances of EC2.

    :param pause: waits so many seconds; tests need not.
    """

    name = "ec2"
    shares_this_machine = False

    def __init__(self, surroundings: Surroundings, pause: Callable[[float], None] = sleep) -> None:
        self._given, self._pause = surroundings, pause

    def check(self, deployment: Deployment) -> None:
        """See that what is said of the instance can be; nobody is asked.

        :raises UsageError: where it cannot.
        """
        wanted_of(deployment, self._given.settings)

    def usd_per_hour(self, deployment: Deployment) -> float | None:
        """What its instances cost in the first region that is tried; None where that is not known."""
        wanted = wanted_of(deployment, self._given.settings)
        region = first_region_of(wanted.regions, wanted.profile)
        return None if region is None else self._usd_of(wanted, region)

    def price_of_serving(self, deployment: Deployment) -> Price | None:
        """What an hour of its instances costs there, without one that generates load."""
        wanted = wanted_of(deployment, self._given.settings)
        region = first_region_of(wanted.regions, wanted.profile)
        each = None if region is None else self._price(wanted.kind, region, wanted.paid_as)
        return None if each is None else each.times(wanted.hosts)

    def start(self, deployment: Deployment, plan: LaunchPlan | None, log: Path, progress: Progress) -> Ec2Server:
        """Launch instances that start the plan's container, and wait until the ready path answers 200.

        :raises UsageError: for what it can never do.
        :raises NotAllowed: where AWS cannot be asked, or not for that.
        :raises NoCapacity: where it cannot be had in any of the zones and regions.
        :raises LaunchError: when it ends, or is not ready in time; with the last lines of its console.
        :raises CloudFault: when AWS fails in another way; nothing is left then, or that is told.
        """
        if plan is None:
            raise ValueError("this platform starts servers, so it needs a plan")
        wanted, book = wanted_of(deployment, self._given.settings), self._book(deployment)
        container = container_of(deployment, plan, wanted)
        if wanted.access == SSM:
            see_that_sessions_can_be()
        if wanted.load:
            see_that_ssh_is_here()
            if self._given.keys is None:
                raise NotAllowed(
                    f"{deployment.id}: there is nobody to keep the key of the instance that generates load"
                )
        regions = regions_of(wanted.regions, wanted.profile)
        if wanted.load and self._usd(wanted.load, regions[0], ON_DEMAND) is None:
            raise NotAllowed(
                f"{deployment.id}: nobody knows what {wanted.load}, which is to generate load, costs an hour; "
                f"--fmbench-price {wanted.load}=USD says it"
            )
        source = (wanted.source or own_address()) if wanted.access == DIRECT else ""

        order = Order(deployment, plan, container, wanted, source, partial(self._usd_of, wanted), self._given.keys)
        accounts = [Account(one, wanted.profile, self._pause) for one in regions]
        return started(order, accounts, book, log, progress)

    def adopt(self, lease: Lease, deployment: Deployment, plan: LaunchPlan | None, progress: Progress) -> Ec2Server:
        """The server of a lease that is there, once it is seen to be what it claims.

        :raises EnvironmentFault: when it is not; it is then for the caller to release it.
        """
        if plan is None:
            raise ValueError("this platform's servers are made by a plan")
        wanted: Wanted = wanted_of(deployment, self._given.settings)
        return adopted(lease, wanted, plan, self._account(lease), book=self._book(deployment), progress=progress)

    def renew(self, lease: Lease) -> None:
        """Move the end that its instance comes to by itself to ``lease.expires_s``.

        :raises CloudFault: when that cannot be done.
        """
        renew(self._account(lease), lease)

    def release(self, lease: Lease, progress: Progress) -> None:
        """Delete what carries the tags of ``lease``, and return once it is seen to be gone.

        :raises CloudFault: when something of it is left, or that cannot be known.
        """
        release(self._account(lease), lease, progress)

    def strays(self, regions: Sequence[str]) -> list[Lease]:
        """What carries our tags in ``regions``; in the usual one where none is named.

        :raises CloudFault: when it cannot be looked for.
        """
        profile, found = self._given.settings.get("profile", ""), list[Lease]()
        for region in regions_of(regions, profile):
            price = partial(self._usd_in, region)
            found += strays_in(Account(region, profile, self._pause), price)
        return found

    def _usd_of(self, wanted: Wanted, region: str) -> float | None:
        each = self._usd(wanted.kind, region, wanted.paid_as)
        load = self._usd(wanted.load, region, ON_DEMAND) if wanted.load else 0.0
        return None if each is None or load is None else each * wanted.hosts + load

    def _usd(self, kind: str, region: str, market: str) -> float | None:
        price = self._price(kind, region, market)
        return None if price is None else price.usd_per_hour

    def _price(self, kind: str, region: str, market: str) -> Price | None:
        return self._given.price(self.name, kind, region, market)

    def _usd_in(self, region: str, kind: str, market: str) -> float | None:
        return self._usd(kind, region, market)

    def _account(self, lease: Lease) -> Account:
        return Account(lease.place["region"], lease.place.get("profile", ""), self._pause)

    def _book(self, deployment: Deployment) -> LeaseBook:
        if self._given.book is None:
            raise NotAllowed(f"{deployment.id}: there is nobody to write down what it makes, so nothing is made")
        return self._given.book
