"""AWS, as one account sees it in one region."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from time import sleep
from typing import Any

from pytest_fmbench.platforms.aws.calls import call
from pytest_fmbench.platforms.aws.clients import client


@dataclass(frozen=True)
class Account:
    """Where to ask, and as whom.

    :param profile: of the AWS settings; empty is the usual one.
    :param pause: waits so many seconds; tests need not.
    """

    region: str
    profile: str = ""
    pause: Callable[[float], None] = sleep

    def ask(self, service: str, operation: str, **request: Any) -> dict[str, Any]:  # noqa: ANN401  # boto3's
        """The answer to one call; errors as :func:`~pytest_fmbench.platforms.aws.calls.call` has them."""
        return call(client(service, self.region, self.profile), operation, sleep=self.pause, **request)

    def each(self, operation: str, key: str, **request: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401  # boto3's
        """What lies at ``key`` of EC2's answer, over all its pages."""
        answer = self.ask("ec2", operation, **request)
        yield from answer.get(key, ())
        while answer.get("NextToken"):
            answer = self.ask("ec2", operation, **request, NextToken=answer["NextToken"])
            yield from answer.get(key, ())

    def number(self) -> str:
        """Of the account; the call needs no permission.

        :raises CredentialsFault: where the credentials are not good (any more).
        """
        return str(self.ask("sts", "get_caller_identity")["Account"])
