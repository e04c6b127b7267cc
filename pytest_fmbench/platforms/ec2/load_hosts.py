"""Instances that generate load beside what is served elsewhere in AWS: launched, entered, renewed, released.

Each is part of the lease of what it is for, and carries its tags. It signs requests with what its own role lets it:
credentials are found there, by the metadata service, and none are sent.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from time import sleep

from pytest_fmbench.errors import Gone, NoCapacity, NotAllowed
from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.lease import Lease
from pytest_fmbench.platforms.base import LeaseBook, Progress, Server, Surroundings
from pytest_fmbench.platforms.ec2.account import Account
from pytest_fmbench.platforms.ec2.adopting import see_that_it_is_what_it_claims
from pytest_fmbench.platforms.ec2.console import Console
from pytest_fmbench.platforms.ec2.hosts import LOAD, token_of
from pytest_fmbench.platforms.ec2.launching import address_of, first_with_room, loader_of
from pytest_fmbench.platforms.ec2.loaded import LoadedServer, LoadHost
from pytest_fmbench.platforms.ec2.loader import USER, load_script
from pytest_fmbench.platforms.ec2.looking import GONE_STATES, instances_of, state_of
from pytest_fmbench.platforms.ec2.making import Making
from pytest_fmbench.platforms.ec2.releasing import release
from pytest_fmbench.platforms.ec2.renewing import renew
from pytest_fmbench.platforms.ec2.request import Made, run_request
from pytest_fmbench.platforms.ec2.sending import entered
from pytest_fmbench.platforms.ec2.settings import ON_DEMAND, Wanted
from pytest_fmbench.platforms.ec2.sites import Site, sites_of
from pytest_fmbench.platforms.ec2.source import own_address
from pytest_fmbench.platforms.ec2.ssh import KEYS, SSH_PORT, Ssh, hosts_of, key_of, make_key, see_that_ssh_is_here
from pytest_fmbench.platforms.ec2.waiting import one_ended, wait_until_running
from pytest_fmbench.platforms.ec2.watching import Watch


@dataclass(frozen=True)
class LoadHosts:
    """Has them, for a platform.

    :param given: what that was made with.
    :param pause: waits so many seconds.
    """

    given: Surroundings
    pause: Callable[[float], None] = sleep

    def usd_per_hour(self, wanted: Wanted, region: str) -> float | None:
        """What it costs; None where that is not known."""
        price = self.given.price("ec2", wanted.kind, region, ON_DEMAND)
        return None if price is None else price.usd_per_hour

    def see_that_one_can_be(self, deployment: Deployment, wanted: Wanted, region: str) -> None:
        """See that there is all that it takes here, before anything is made.

        :raises NotAllowed: where something is missing; says what.
        """
        see_that_ssh_is_here()
        if not wanted.role:
            raise NotAllowed(
                f"{deployment.id}: the instance that generates load signs its requests with a role of its own: name "
                "its instance profile, load_role=NAME with the instance, or --fmbench-aws load_role=NAME"
            )
        if self.given.keys is None:
            raise NotAllowed(f"{deployment.id}: there is nobody to keep the key of the instance that generates load")
        if self.usd_per_hour(wanted, region) is None:
            raise NotAllowed(
                f"{deployment.id}: nobody knows what {wanted.kind}, which is to generate load, costs an hour; "
                f"--fmbench-price {wanted.kind}=USD says it"
            )

    def place(self) -> dict[str, str]:
        """What the place of a lease holds beside where it is, if it is to have one."""
        return {KEYS: str(self.given.keys)}

    def making(self, lease: Lease, book: LeaseBook, progress: Progress) -> Making:
        """By which one is made for ``lease``, and undone."""
        return Making(self._account(lease), book, lease, progress)

    def launch(self, making: Making, wanted: Wanted) -> Lease:
        """Launch it, and return once it runs; the lease with it.

        :raises NoCapacity: when it cannot be had in any of the zones; what was made beside it is there still.
        :raises CloudFault: when it fails in another way.
        """
        account, lease = making.account, making.lease
        loader, sites = loader_of(account, wanted, making.progress), sites_of(account, wanted)
        data = load_script(lease, make_key(lease), signs=True).encode()
        made = Made(making.group(sites[0].network, wanted.source or own_address(), [SSH_PORT]))

        def launch_in(nth: int, site: Site) -> None:
            token = token_of(lease, nth, LOAD)
            request = run_request(lease, token, wanted, site=site, image=loader.image, made=made, user_data=data)
            wait_until_running(account, making.instance(token, request))

        try:
            first_with_room(making, f"{wanted.kind} ({wanted.market})", sites, launch_in)
        except NoCapacity as error:
            raise NoCapacity(f"{wanted.kind}, which is to generate load, cannot be had now:\n  {error}") from None
        return making.lease

    def loaded(
        self, server: Server, lease: Lease, wanted: Wanted, let_go: Callable[[], None], progress: Progress
    ) -> LoadedServer:
        """``server``, once the instance of ``lease`` can generate its load.

        :param let_go: releases and closes the lease.
        :raises EnvironmentFault: when it is not there, not what it claims, or cannot.
        """
        account = self._account(lease)
        there = [one for one in instances_of(account, lease) if state_of(one) not in GONE_STATES]
        if len(there) != 1:
            raise Gone(f"lease {lease.name} has {len(there) or 'no'} instances in {account.region}, not 1")
        found = wait_until_running(account, str(there[0]["InstanceId"]))
        see_that_it_is_what_it_claims(lease, wanted, found)
        console = Console(account, str(found["InstanceId"]), progress)
        ssh = Ssh(key_of(lease), hosts_of(lease), address_of(wanted, found), USER)
        command = entered(console, ssh, wanted.boot_timeout_s, progress)
        watch = Watch(partial(one_ended, account, [console.identity]), progress)
        return LoadedServer(server, LoadHost(wanted.kind, command, console, watch), lease, let_go)

    def renew(self, lease: Lease) -> None:
        """Move the end that it comes to by itself, if ``lease`` has one.

        :raises CloudFault: when that cannot be done.
        """
        if KEYS in lease.place:
            renew(self._account(lease), lease)

    def release(self, lease: Lease, progress: Progress) -> None:
        """Delete it, and what was made with it, if ``lease`` has one; return once it is seen to be gone.

        :raises CloudFault: when something of it is left, or that cannot be known.
        """
        if KEYS in lease.place:
            release(self._account(lease), lease, progress)

    def _account(self, lease: Lease) -> Account:
        return Account(lease.place["region"], lease.place.get("profile", ""), self.pause)
