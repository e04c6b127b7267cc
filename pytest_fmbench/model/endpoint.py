"""Where requests go: the live side of a deployment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pytest_fmbench.model.secret import Secret


@dataclass(frozen=True)
class Signing:
    """Requests carry an AWS Signature Version 4. Whoever signs finds the credentials; none travel with it.

    :param service: that they are signed for, such as ``"bedrock"`` or ``"sagemaker"``.
    :param profile: of the AWS settings; empty is the usual one.
    """

    service: str
    region: str
    profile: str = ""


@dataclass(frozen=True)
class Beside:
    """A host beside a server, which generates the load for it.

    :param command: leads to a Python there that has this version of ours; its arguments are added.
    :param base_url: of the server, as it is asked from there.
    """

    command: tuple[str, ...]
    base_url: str


@dataclass(frozen=True)
class Endpoint:
    """A server that answers.

    :param base_url: URL that a dialect's paths are appended to, such as ``http://127.0.0.1:8000/v1``.
    :param model: the name that requests carry.
    :param dialect: name of the request and response wire form.
    :param headers: sent with every request; values that are secret are :class:`Secret`.
    :param ca_bundle: file of certificates to trust instead of the usual ones; None trusts those.
    :param client_cores: cores that the load generator should keep to; empty where any will do.
    :param request_fields: what every request's JSON carries beside what its dialect asks.
    :param proxy: URL of the HTTP proxy that leads there; None goes straight there.
    :param http2: it is spoken to in HTTP/2.
    :param fresh_connections: every request gets a connection of its own.
    :param signing: how requests are signed; None signs none.
    :param forwarded: that is a port of this machine which leads to another one.
    :param shared: several servers answer there, each request another one.
    :param beside: which host generates its load; None leaves that to who measures.
    :param metrics_url: of the server's page of metrics; empty where nothing but its stack says where that is.
    """

    base_url: str
    model: str
    dialect: str
    headers: Mapping[str, str | Secret] = field(default_factory=dict)
    ca_bundle: str | None = None
    client_cores: tuple[int, ...] = ()
    request_fields: Mapping[str, object] = field(default_factory=dict)
    proxy: str | None = None
    http2: bool = False
    fresh_connections: bool = False
    signing: Signing | None = None
    forwarded: bool = False
    shared: bool = False
    beside: Beside | None = None
    metrics_url: str = ""
