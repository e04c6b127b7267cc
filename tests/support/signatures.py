"""What AWS would say against the signature of a request that came, by botocore's arithmetic on what was received."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

_ALGORITHM = "AWS4-HMAC-SHA256"
_TOLERATED = timedelta(minutes=5)
_NEEDED = {"host", "x-amz-date"}


@dataclass(frozen=True)
class Key:
    """Credentials that are taken."""

    secret: str
    token: str = ""


@dataclass
class Received:
    """A request as it came; ``url`` with its escapes, headers by lower-case name. botocore looks at this."""

    method: str
    url: str
    headers: dict[str, str]
    body: bytes
    context: dict[str, Any] = field(default_factory=dict)
    params: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Wrong:
    """Why a request is not taken, as AWS calls it."""

    code: str
    message: str


def wrong_with(received: Received, service: str, region: str, keys: Mapping[str, Key]) -> Wrong | None:
    """Why a request to ``service`` is not taken; None where it is."""
    scheme, _, rest = received.headers.get("authorization", "").partition(" ")
    parts = dict(part.strip().partition("=")[::2] for part in rest.split(","))
    if scheme != _ALGORITHM or not {"Credential", "SignedHeaders", "Signature"} <= parts.keys():
        return Wrong("MissingAuthenticationTokenException", "Missing Authentication Token")
    name, *scope = parts["Credential"].split("/")
    key = keys.get(name)
    if key is None or received.headers.get("x-amz-security-token", "") != key.token:
        return Wrong("UnrecognizedClientException", "The security token included in the request is invalid.")
    stamp, names = received.headers.get("x-amz-date", ""), parts["SignedHeaders"].split(";")
    missing = {*_NEEDED, *(one for one in received.headers if one.startswith("x-amz-"))} - {*names}
    if scope != [stamp[:8], region, service, "aws4_request"]:
        problem = f"Credential should be scoped to {region}/{service}, not {scope}"
    elif _is_old(stamp):
        problem = f"Signature expired: {stamp}"
    elif missing:
        problem = f"not signed: {', '.join(sorted(missing))}"
    elif not hmac.compare_digest(_signature(received, names, (name, key), scope), parts["Signature"]):
        problem = "The request signature we calculated does not match"
    else:
        return None
    return Wrong("InvalidSignatureException", problem)


def _is_old(stamp: str) -> bool:
    try:
        signed = datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=timezone.utc)
    except ValueError:
        return True
    return abs(datetime.now(timezone.utc) - signed) > _TOLERATED


def _signature(received: Received, names: list[str], named: tuple[str, Key], scope: list[str]) -> str:
    from botocore.auth import SigV4Auth
    from botocore.credentials import Credentials

    (name, key), (_, region, service, _) = named, scope
    auth = SigV4Auth(Credentials(name, key.secret, key.token or None), service, region)
    signed = {one: received.headers[one] for one in names if one in received.headers}
    stamp = received.headers["x-amz-date"]
    again = Received(received.method, received.url, signed, received.body, {"timestamp": stamp})
    return str(auth.signature(auth.string_to_sign(again, auth.canonical_request(again)), again))
