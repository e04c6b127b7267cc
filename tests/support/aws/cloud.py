"""AWS on this machine, as tests see it: what came, what is to go wrong, what is left. ``docs/aws-standin.md``."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import datetime, timezone
from typing import Any

from pytest_fmbench.testing.steps import Script
from tests.support.aws import inventory, quotas, reservations, running, scheduling, spot
from tests.support.aws.asked import ACCOUNT
from tests.support.aws.boots import HOWS, Machine
from tests.support.aws.breaking import Breaking
from tests.support.aws.deadmen import end_dead_men
from tests.support.aws.endpoints import settle
from tests.support.aws.serving import KEYS, Standing
from tests.support.aws.world import Becoming, Call

__all__ = ["Call", "Cloud"]

REGION = "us-east-1"


class Cloud(Breaking):
    """AWS.

    :ivar url: of the control plane.
    :ivar environment: what a process needs to find it, and nothing of the real one.
    """

    def __init__(self, standing: Standing) -> None:
        self._standing = standing
        super().__init__(standing.world)
        self.url = standing.url
        self.environment = {
            "AWS_ENDPOINT_URL": self.url,
            **KEYS,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_CONFIG_FILE": "/dev/null",
            "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    @property
    def calls(self) -> list[Call]:
        """Every call that came, in order; each was held against botocore's model of its service."""
        return self._world.calls

    @property
    def problems(self) -> list[str]:
        """What AWS would not have taken, or the stand-in does not know; the fixture fails when there is any."""
        return self._world.problems

    @property
    def unheard(self) -> list[str]:
        """What schedules were to do and could not."""
        return self._world.unheard

    def calls_of(self, operation: str) -> list[dict[str, Any]]:
        """The requests of an operation, in order."""
        return [call.request for call in self.calls if call.operation == operation]

    def left(self) -> list[str]:
        """Everything with our tags that still costs or lies about."""
        with self._standing.application.lock:
            return inventory.left(self._world)

    @property
    def boots(self) -> str:
        """How instances boot from now on: ``mock``, ``never``, ``dies`` or ``really``."""
        return self._world.boots.how

    @boots.setter
    def boots(self, how: str) -> None:
        if how not in HOWS:
            raise ValueError(f"boots {how!r}: they are {', '.join(HOWS)}")
        self._world.boots.how = how

    @property
    def script(self) -> Script:
        """What mock servers of instances do that boot from now on."""
        return self._world.boots.script

    @script.setter
    def script(self, script: Script) -> None:
        self._world.boots.script = script

    @property
    def serves(self) -> Sequence[str]:
        """What containers run in instances that really boot from now on; empty is what their image would."""
        return self._world.boots.serves

    @serves.setter
    def serves(self, command: Sequence[str]) -> None:
        self._world.boots.serves = command

    def endpoints_become(self, status: str, reason: str = "", *, after: int = 0) -> None:
        """What SageMaker's endpoints and components come to.

        :param reason: told of those that become ``Failed``.
        :param after: how often they are described as ``Creating``, and later ``Deleting``, before that.
        """
        self._world.becoming = Becoming(status, reason, after)

    def reserve(self, instance_type: str, zone: str, count: int = 1, *, block: bool = False) -> str:
        """Have a capacity reservation, or a paid block; its id."""
        return reservations.reserved(self._world, zone[:-1], instance_type, zone, count, block=block)

    def instance_profile(self, name: str) -> None:
        """Have one, by which instances are given a role."""
        from moto.iam.models import iam_backends

        with self._standing.application.lock:
            iam_backends[ACCOUNT]["aws"].create_instance_profile(name, "/", [])

    def quota(self, service: str, code: str, value: float) -> None:
        """Set one, which Service Quotas must know."""
        if (service, code) not in quotas.QUOTAS:
            raise ValueError(f"no quota {code} of {service} is known here: {sorted(quotas.QUOTAS)}")
        self._world.quotas[service, code] = value

    def price(self, service: str, instance_type: str, region: str, usd_per_hour: float) -> None:
        """Have the Price List hold it: service ``AmazonEC2`` or ``AmazonSageMaker``; ``spot`` is the spot history."""
        self._world.prices[service, instance_type, region] = usd_per_hour

    def machine(self, instance: str) -> Machine:
        """An instance from inside: its address, its user data, what it wrote."""
        return self._world.boots.machines[instance]

    @property
    def instances(self) -> list[str]:
        """Ids of those that have power, in the order in which they were run."""
        return [name for name in self._world.boots.machines if self._world.boots.runs(name)]

    def cut_off(self, instance: str) -> None:
        """From now on nobody reaches a mock server's instance, until :meth:`reach`; AWS sees it run."""
        self._world.boots.cut_off(instance)

    def reach(self, instance: str) -> None:
        """It is reached again."""
        self._world.boots.reach(instance)

    def pass_time(self, seconds: float) -> None:
        """Later. What is being made is done, schedules that are due fire, dead-men end their instances."""
        self._world.ahead_s += seconds
        with self._standing.application.lock:
            settle(self._world)
            end_dead_men(self._world)
        scheduling.fire(self._world, self._ask)

    def interrupt(self, instance: str, notice_s: float = 0.0) -> None:
        """AWS takes a spot instance back; for so long before, its metadata tell it."""
        machine = self.machine(instance)
        if notice_s:
            at = datetime.fromtimestamp(self._world.now_s() + notice_s, timezone.utc)
            machine.notice = {"action": "terminate", "time": at.strftime("%Y-%m-%dT%H:%M:%SZ")}
            timer = threading.Timer(notice_s, self._take_back, (machine,))
            timer.daemon = True
            timer.start()
        else:
            self._take_back(machine)

    def _take_back(self, machine: Machine) -> None:
        with self._standing.application.lock:
            if self._world is self._standing.world:
                running.shut_down(self._world, machine, spot.INTERRUPTED)

    def _ask(self, service: str, method: str, region: str, request: dict[str, Any]) -> None:
        """As a schedule does, whom nobody hears when it fails."""
        from botocore.exceptions import ClientError

        try:
            self._standing.ask(service, method, region, request)
        except ClientError as error:
            self._world.unheard.append(f"{service} {method}: {error}")
