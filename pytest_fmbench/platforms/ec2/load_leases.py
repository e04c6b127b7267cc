"""Leases of instances that generate load beside what is served already: they hold nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from pytest_fmbench.errors import NotAllowed
from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.lease import Lease
from pytest_fmbench.platforms.base import LeaseBook, Progress, Server
from pytest_fmbench.platforms.ec2.account import Account
from pytest_fmbench.platforms.ec2.load_hosts import LoadHosts
from pytest_fmbench.platforms.ec2.loaded import LoadedServer
from pytest_fmbench.platforms.ec2.settings import Wanted


@dataclass(frozen=True)
class LoadLeases:
    """Has them.

    :param platform: that releases them, by its name.
    """

    hosts: LoadHosts
    platform: str

    def made(
        self, server: Server, deployment: Deployment, wanted: Wanted, region: str, progress: Progress
    ) -> LoadedServer:
        """``server``, with an instance beside it that is launched now.

        :raises NotAllowed: where something for it is missing, leave to spend among it.
        :raises EnvironmentFault: when it cannot be had; then nothing of it is left, or that is told.
        """
        self.hosts.see_that_one_can_be(deployment, wanted, region)
        book = self._book(deployment)
        account = Account(region, wanted.profile, self.hosts.pause).number()
        place = {"account": account, "region": region, "profile": wanted.profile} | self.hosts.place()
        lease = book.open(deployment, self.platform, place, self.hosts.usd_per_hour(wanted, region))
        making = self.hosts.making(lease, book, progress)
        try:
            return self._loaded(server, self.hosts.launch(making, wanted), wanted, book, progress)
        except BaseException:  # Ctrl-C too: it costs from the moment that it is asked for
            making.undo()
            raise

    def again(
        self, server: Server, lease: Lease, deployment: Deployment, wanted: Wanted, progress: Progress
    ) -> LoadedServer:
        """``server``, with the instance of ``lease`` beside it.

        :raises EnvironmentFault: when that is not there, or not what it claims.
        """
        return self._loaded(server, lease, wanted, self._book(deployment), progress)

    def _loaded(
        self, server: Server, lease: Lease, wanted: Wanted, book: LeaseBook, progress: Progress
    ) -> LoadedServer:
        return self.hosts.loaded(server, lease, wanted, partial(self._let_go, lease, book, progress), progress)

    def _let_go(self, lease: Lease, book: LeaseBook, progress: Progress) -> None:
        self.hosts.release(lease, progress)
        book.close(lease)

    def _book(self, deployment: Deployment) -> LeaseBook:
        if self.hosts.given.book is None:
            raise NotAllowed(
                f"{deployment.id}: the instance that generates its load costs money; --fmbench-budget USD allows it"
            )
        return self.hosts.given.book
