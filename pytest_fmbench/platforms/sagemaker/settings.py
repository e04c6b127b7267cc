"""What a deployment says of its endpoint: ``sagemaker:ml.g5.2xlarge?regions=us-east-1``. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from pytest_fmbench.errors import UnknownName, UsageError
from pytest_fmbench.hardware.instances import INSTANCES, find_instance
from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.place import Place, place_of
from pytest_fmbench.model.units import seconds_in
from pytest_fmbench.platforms.ec2.beside import BESIDE, beside_of
from pytest_fmbench.platforms.ec2.settings import Wanted as WantedInstance
from pytest_fmbench.platforms.sagemaker.images import HOSTINGS
from pytest_fmbench.platforms.sagemaker.payloads import MESSAGES, PAYLOADS, TRITONS

NAMES = (
    *("regions", "profile", "role", "instances", "image", "model_data", "ami", "payload", "boot_timeout"),
    *("container_timeout", "subnets", "security_groups", "scheduler_role"),
    *("endpoint", "component", "jumpstart", "eula"),
    *BESIDE,
)
"""Settings that there are, of a deployment's instance or of the whole session."""

_TYPE = re.compile(r"ml\.[a-z0-9-]+\.[a-z0-9-]+")
_ROLE = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/.+")
_NAME = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}")
_BOOT_S, _CONTAINER_S = 3_600.0, (60.0, 3_600.0)
"""The second is what ContainerStartupHealthCheckTimeoutInSeconds takes."""


@dataclass(frozen=True)
class Wanted:
    """What a deployment wants there; empty is what nobody said.

    :param type: of its instances, such as ``"ml.g5.2xlarge"``; empty only where ``endpoint`` is not.
    :param instances: how many.
    :param regions: to try, in their order; empty is the usual one.
    :param role: that the containers have.
    :param model_data: of the model in S3, an archive or a prefix.
    :param ami: of the instances; None is what the image needs, empty is SageMaker's own choice.
    :param boot_s: how long it may take until the endpoint serves.
    :param container_s: how long its container may take of that; None is as long as its stack says.
    :param scheduler_role: with which EventBridge deletes the endpoint, should we be gone.
    :param endpoint: of somebody else: nothing is made or deleted.
    :param component: on it, an inference component that is asked.
    :param jumpstart: id of a model of JumpStart.
    :param eula: its terms are accepted.
    :param load: an instance of EC2 that generates its load; None leaves that to the caller's machine.
    """

    type: str
    instances: int
    regions: tuple[str, ...]
    profile: str
    role: str
    image: str
    model_data: str
    ami: str | None
    payload: str
    boot_s: float
    container_s: float | None
    subnets: tuple[str, ...]
    security_groups: tuple[str, ...]
    scheduler_role: str
    endpoint: str
    component: str
    jumpstart: str
    eula: bool
    load: WantedInstance | None = None

    @property
    def foreign(self) -> bool:
        """It runs already, and is not ours."""
        return bool(self.endpoint)


def wanted_of(deployment: Deployment, session: Mapping[str, str]) -> Wanted:
    """What ``deployment`` wants.

    :param session: settings of the whole session.
    :raises UsageError: for what can never be had, with what could.
    """
    place = place_of(deployment, NAMES, session)
    given = place.settings
    wanted = Wanted(
        type=place.what,
        instances=_counted(place),
        regions=place.listed("regions"),
        profile=given.get("profile", ""),
        role=_role(place, "role"),
        image=given.get("image", ""),
        model_data=_model_data(given.get("model_data", "")),
        ami="" if given.get("ami") == "default" else given.get("ami"),
        payload=_payload(given.get("payload", next(iter(TRITONS)) if _is_triton(deployment) else MESSAGES)),
        boot_s=_seconds(place, "boot_timeout", _BOOT_S, (1.0, math.inf)) or _BOOT_S,
        container_s=_seconds(place, "container_timeout", None, _CONTAINER_S),
        subnets=place.listed("subnets"),
        security_groups=place.listed("security_groups"),
        scheduler_role=_role(place, "scheduler_role"),
        endpoint=_name(place, "endpoint"),
        component=_name(place, "component"),
        jumpstart=given.get("jumpstart", ""),
        eula=_accepted(given.get("eula", "")),
        load=beside_of(f"instance {deployment.instance!r}", place),
    )
    _see_that_it_goes_together(deployment, wanted)
    return wanted


def _see_that_it_goes_together(deployment: Deployment, wanted: Wanted) -> None:
    if wanted.component and not wanted.foreign:
        raise UsageError(f"{deployment.id}: component= is on an endpoint that runs: name it with endpoint=")
    if bool(wanted.subnets) != bool(wanted.security_groups):
        raise UsageError(f"{deployment.id}: give subnets= and security_groups= together, or neither")
    if wanted.jumpstart and (wanted.image or wanted.model_data):
        raise UsageError(f"{deployment.id}: JumpStart says which image and data a model has: leave yours out")
    if not wanted.foreign:
        _see_that_it_is_a_type(deployment, wanted.type)
    if not (wanted.foreign or wanted.jumpstart):
        _see_that_it_takes(deployment, wanted.payload)


def _see_that_it_takes(deployment: Deployment, payload: str) -> None:
    """Triton has payloads of its own, and nobody else has them."""
    triton = _is_triton(deployment)
    if triton != (payload in TRITONS):
        taken = ", ".join(name for name in PAYLOADS if triton == (name in TRITONS))
        raise UsageError(f"{deployment.id}: {deployment.stack} takes no payload={payload}; give one of {taken}")


def _is_triton(deployment: Deployment) -> bool:
    return deployment.stack in HOSTINGS and HOSTINGS[deployment.stack].triton


def _see_that_it_is_a_type(deployment: Deployment, name: str) -> None:
    """Types come every month, so an unknown family is let through; an unknown size of a known one is a slip."""
    if not _TYPE.fullmatch(name):
        raise UsageError(
            f"instance {deployment.instance!r} needs a type of SageMaker's, such as 'sagemaker:ml.g5.2xlarge', or an "
            "endpoint that runs, as in 'sagemaker:?endpoint=NAME'"
        )
    family = name.removeprefix("ml.").partition(".")[0]
    alike = [f"ml.{one}" for one in INSTANCES if one.partition(".")[0] == family]
    if alike and find_instance(name) is None:
        raise UnknownName("instance type", name, alike)


def _counted(place: Place) -> int:
    text = place.settings.get("instances", "1")
    if not text.isdecimal() or int(text) < 1:
        raise UsageError(f"instances={text!r} counts from 1")
    return int(text)


def _seconds(place: Place, name: str, usual: float | None, bounds: tuple[float, float]) -> float | None:
    text = place.settings.get(name)
    if text is None:
        return usual
    found, (least, most) = seconds_in(text), bounds
    if found is None or not least <= found <= most:
        limits = f"from {least:g} s" if math.isinf(most) else f"from {least:g} s to {most:g} s"
        raise UsageError(f"{name}={text!r} is a time, such as '20min', {limits}")
    return found


def _role(place: Place, name: str) -> str:
    text = place.settings.get(name, "")
    if text and not _ROLE.fullmatch(text):
        raise UsageError(f"{name}={text!r} is no role's ARN, such as 'arn:aws:iam::123456789012:role/NAME'")
    return text


def _name(place: Place, setting: str) -> str:
    text = place.settings.get(setting, "")
    if text and not _NAME.fullmatch(text):
        raise UsageError(f"{setting}={text!r} is no name of SageMaker's: letters, digits and hyphens, 63 at most")
    return text


def _model_data(text: str) -> str:
    if text and not re.match(r"(?:s3|https)://[^/]+/.+", text):
        raise UsageError(f"model_data={text!r} lies in S3: 's3://BUCKET/model.tar.gz', or 's3://BUCKET/PREFIX/'")
    return text


def _payload(name: str) -> str:
    if name not in PAYLOADS:
        raise UnknownName("payload", name, PAYLOADS)
    return name


def _accepted(text: str) -> bool:
    if text not in ("", "accepted"):
        raise UsageError(f"eula={text!r}: 'accepted' accepts a model's terms; leave it out otherwise")
    return bool(text)
