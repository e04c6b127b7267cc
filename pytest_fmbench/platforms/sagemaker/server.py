"""An endpoint that serves: ours, until it is released, or somebody else's."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from threading import Thread
from typing import Any

from pytest_fmbench.clock import NS_PER_S, monotonic_ns
from pytest_fmbench.errors import CloudFault, Gone
from pytest_fmbench.model.conditions import UNKNOWN, Plain
from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.endpoint import Endpoint, Signing
from pytest_fmbench.model.launch import LaunchPlan
from pytest_fmbench.model.lease import Lease
from pytest_fmbench.platforms.aws.clients import client
from pytest_fmbench.platforms.sagemaker.asking import ENDPOINT, Kind, described
from pytest_fmbench.platforms.sagemaker.design import Design
from pytest_fmbench.platforms.sagemaker.logs import tail
from pytest_fmbench.platforms.sagemaker.payloads import MESSAGES, PAYLOADS
from pytest_fmbench.platforms.sagemaker.settings import Wanted
from pytest_fmbench.platforms.sagemaker.waiting import words

_FRESH_NS = 5 * NS_PER_S
_SERVES = frozenset({"InService", "Updating", "SystemUpdating"})


class OurEndpoint:
    """One that we made.

    :param kinds: what must serve.
    :param let_go: releases its lease.
    """

    foreign = False
    version = UNKNOWN

    def __init__(
        self,
        endpoint: Endpoint,
        facts: Mapping[str, Plain],
        lease: Lease,
        kinds: Sequence[Kind],
        let_go: Callable[[], None],
    ) -> None:
        self.endpoint, self.facts, self.lease = endpoint, facts, lease
        self._kinds, self._let_go, self._stopped = kinds, let_go, False
        self._asked_ns, self._failure, self._asking = monotonic_ns(), "", Thread()

    def failure(self) -> str | None:
        """Why it serves no more, by what AWS said last; where AWS does not say, it serves.

        It is asked every five seconds at most, beside whoever calls this, whom a cut network must not hold up.
        """
        if not self._failure and not self._asking.is_alive() and monotonic_ns() - self._asked_ns >= _FRESH_NS:
            self._asked_ns = monotonic_ns()
            self._asking = Thread(target=self._ask, name="fmbench sagemaker", daemon=True)
            self._asking.start()
        return self._failure or None

    def failure_now(self) -> str | None:
        """The same, as AWS says it now."""
        if self._asking.is_alive():
            self._asking.join()
        if not self._failure:
            self._ask()
        return self._failure or None

    def log_tail(self) -> Sequence[str]:
        """The last lines that its container wrote, from CloudWatch."""
        return tail(self.lease)

    def stop(self) -> None:
        """Delete it, and all that was made for it, unless its lease is kept."""
        if not self._stopped and not self.lease.kept:
            self._let_go()
            self._stopped = True

    def _ask(self) -> None:
        self._failure = next(filter(None, map(self._failure_of, self._kinds)), "")

    def _failure_of(self, kind: Kind) -> str:
        here = client("sagemaker", self.lease.place["region"], self.lease.place.get("profile", ""))
        what = f"the {words(kind)} {self.lease.name}"
        try:
            found = described(here, kind, self.lease.name, tries=1)
        except Gone:
            return f"{what} is gone: its end has come, or somebody deleted it"
        except CloudFault:
            return ""
        status = str(found.get(f"{kind.key.removesuffix('Name')}Status", ""))
        return "" if status in _SERVES else f"{what} is {status}: {found.get('FailureReason', 'nobody says why')}"


class TheirEndpoint:
    """Somebody else's. What goes wrong with it is data, not a fault of ours."""

    foreign = True
    version = UNKNOWN

    def __init__(self, endpoint: Endpoint, facts: Mapping[str, Plain]) -> None:
        self.endpoint, self.facts = endpoint, facts

    def failure(self) -> str | None:
        """Never known: its failures are failed requests."""
        return None

    def log_tail(self) -> Sequence[str]:
        """Not ours to read."""
        return ()

    def stop(self) -> None:
        """Not ours to stop."""


def endpoint_of(
    name: str, region: str, wanted: Wanted, *, model: str, component: str, fields: Mapping[str, object]
) -> Endpoint:
    """Where requests go: boto3 says at which address, so that its settings hold here too.

    :param model: the name that requests carry.
    :param component: an inference component; empty where there is none.
    :param fields: what they carry beside.
    :raises NotAllowed: where there are no credentials.
    """
    runtime = client("sagemaker-runtime", region, wanted.profile).meta.endpoint_url.rstrip("/")
    return Endpoint(
        base_url=f"{runtime}/endpoints/{name}",
        model=model,
        dialect=PAYLOADS[wanted.payload],
        headers={"X-Amzn-SageMaker-Inference-Component": component} if component else {},
        request_fields=fields,
        signing=Signing("sagemaker", region, wanted.profile),
    )


def their_endpoint(deployment: Deployment, plan: LaunchPlan | None, wanted: Wanted, region: str) -> TheirEndpoint:
    """The endpoint that ``wanted`` names."""
    fields = plan.request_fields if plan is not None and wanted.payload == MESSAGES else {}
    endpoint = endpoint_of(
        wanted.endpoint, region, wanted, model=deployment.model, component=wanted.component, fields=fields
    )
    return TheirEndpoint(endpoint, {"region": region, "payload": wanted.payload})


def facts_of(here: Any, lease: Lease, design: Design) -> dict[str, Plain]:  # noqa: ANN401  # boto3's
    """What it was made from: the digest of its image, else its name, without the registry; and its place."""
    wanted = design.wanted
    found = described(here, ENDPOINT, lease.name)
    images = [one for variant in found.get("ProductionVariants", ()) for one in variant.get("DeployedImages", ())]
    resolved = str(images[0].get("ResolvedImage", "")) if images else ""
    image = resolved or str(design.contained.definition["Image"])
    return {
        "image": image.partition("/")[2] or image,
        "region": lease.place["region"],
        "instance": wanted.type,
        "instances": wanted.instances,
        "copies": design.copies,
        "payload": wanted.payload,
    }
