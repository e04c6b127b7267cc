"""What was made, or is about to be, and costs until it is released."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Resource:
    """One thing that a platform makes; noted before its create call is sent.

    :param kind: as the platform calls it, such as ``"instance"``.
    :param name: that we give it, or the client token of its create call, so that it is known before there is an answer.
    :param identity: that the platform gives it; empty until the create call has answered.
    """

    kind: str
    name: str
    identity: str = ""


@dataclass(frozen=True)
class Lease:
    """All that a deployment costs, as it lies in the lease file until nothing of it is left.

    :param name: of the lease; resources are called after it.
    :param platform: name of the platform that made it, and can release it.
    :param deployment: id of the deployment that it is for.
    :param specification: digest of the whole deployment, as two deployments may have one id in two sessions.
    :param session: name of the session that made it.
    :param owner: who runs that, as ``user@host``.
    :param place: where its resources are to be found, such as account, region and profile.
    :param made_s: when it was written, in seconds since the epoch.
    :param expires_s: when what it names ends by itself, unless it is renewed before; likewise.
    :param usd_per_hour: what it costs while it is up; None where nobody knows.
    :param resources: in the order in which they are made; they are released the other way round.
    :param kept: it outlives its session, for the next one to adopt, until it expires.
    :param holder: name of the session that adopted it; empty where it is still that of the one that made it, whose name
        its resources carry either way.
    """

    name: str
    platform: str
    deployment: str
    specification: str
    session: str
    owner: str
    place: Mapping[str, str]
    made_s: float
    expires_s: float
    usd_per_hour: float | None
    resources: tuple[Resource, ...] = field(default=())
    kept: bool = False
    holder: str = ""

    @property
    def held_by(self) -> str:
        """Name of the session that answers for it: that renews it, pays for it and releases it."""
        return self.holder or self.session
