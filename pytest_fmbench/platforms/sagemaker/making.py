"""Making an endpoint: everything is written down before it is asked for, and carries our tags from then on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pytest_fmbench.errors import CloudFault
from pytest_fmbench.model.lease import Lease, Resource
from pytest_fmbench.platforms.aws.clients import client
from pytest_fmbench.platforms.aws.tags import tags_of
from pytest_fmbench.platforms.base import LeaseBook
from pytest_fmbench.platforms.sagemaker import requests
from pytest_fmbench.platforms.sagemaker.asking import COMPONENT, CONFIG, ENDPOINT, MODEL, Kind, ask, is_there, ours
from pytest_fmbench.platforms.sagemaker.design import Design
from pytest_fmbench.platforms.sagemaker.ending import armed
from pytest_fmbench.platforms.sagemaker.waiting import Waiting

Request = Callable[[Lease], dict[str, Any]]
"""Of a create call, from the lease as it then is."""


@dataclass(frozen=True)
class Making:
    """Makes it in one region.

    :param client: of SageMaker there.
    """

    client: Any
    book: LeaseBook
    waiting: Waiting

    def make(self, lease: Lease, design: Design) -> Lease:
        """The lease with all that was made, once it serves.

        The dead-man comes first, so that there is no moment in which something costs that nothing would end.

        :raises NoCapacity: when there are no instances for it.
        :raises LaunchError: when it does not serve; with what it wrote.
        :raises CloudFault: when something cannot be made.
        :raises StoreError: when something cannot be written down; then it is not made.
        """
        if design.copies > 1:  # noted now, so that the dead-man ends it too
            lease = self.book.note(lease, Resource(COMPONENT.word, lease.name))
        lease = armed(self.book, lease, self.waiting.progress)
        lease = self._made(MODEL, lease, lambda now: requests.of_model(now.name, design, tags_of(now)))
        lease = self._made(CONFIG, lease, lambda now: requests.of_config(now.name, design, tags_of(now)))
        lease = self._made(ENDPOINT, lease, lambda now: requests.of_endpoint(now.name, tags_of(now)))
        self.waiting.until_it_serves(self.client, ENDPOINT, lease, design.wanted.boot_s)
        if design.copies > 1:
            lease = self._made(COMPONENT, lease, lambda now: requests.of_component(now.name, design, tags_of(now)))
            self.waiting.until_it_serves(self.client, COMPONENT, lease, design.wanted.boot_s)
        return lease

    def _made(self, kind: Kind, lease: Lease, request: Request) -> Lease:
        lease = self.book.note(lease, Resource(kind.word, lease.name))
        try:
            answer = ask(self.client, f"create_{kind.word}", **request(lease))
        except CloudFault as fault:
            if not is_there(fault):
                raise
            found = ours(self.client, kind, lease)
            if found is None:
                raise CloudFault(f"{fault}; it is not ours") from None
            answer = found  # ours, whose answer was lost
        return self.book.note(lease, Resource(kind.word, lease.name, str(answer[kind.arn])))


def sagemaker(region: str, profile: str) -> Any:  # noqa: ANN401  # boto3's
    """The client of SageMaker in a region.

    :raises NotAllowed: where there are no credentials, or no boto3.
    """
    return client("sagemaker", region, profile)
