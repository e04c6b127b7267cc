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
    key, stamp = keys.get(name), received.headers.get("x-amz-date", "")
    if key is None:
        return Wrong("UnrecognizedClientException", "The security token included in the request is invalid.")
    if scope != [stamp[:8], region, service, "aws4_request"]:
        return Wrong("InvalidSignatureException", f"Credential should be scoped to {region}/{service}, not {scope}")
    if _is_old(stamp):
        return Wrong("InvalidSignatureException", f"Signature expired: {stamp}")
    if received.headers.get("x-amz-security-token", "") != key.token:
        return Wrong("UnrecognizedClientException", "The security token included in the request is invalid.")
    names = parts["SignedHeaders"].split(";")
    missing = {*_NEEDED, *(one for one in received.headers if one.startswith("x-amz-"))} - {*names}
    if missing:
        return Wrong("InvalidSignatureException", f"not signed: {', '.join(sorted(missing))}")
    if not hmac.compare_digest(_signature(received, names, name, key, service, region), parts["Signature"]):
        return Wrong("InvalidSignatureException", "The request signature we calculated does not match")
    return None


def _is_old(stamp: str) -> bool:
    try:
        signed = datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=timezone.utc)
    except ValueError:
        return True
    return abs(datetime.now(timezone.utc) - signed) > _TOLERATED


def _signature(received: Received, names: list[str], name: str, key: Key, service: str, region: str) -> str:
    from botocore.auth import SigV4Auth
    from botocore.credentials import Credentials

    auth = SigV4Auth(Credentials(name, key.secret, key.token or None), service, region)
    signed = {one: received.headers[one] for one in names if one in received.headers}
    stamp = received.headers["x-amz-date"]
    again = Received(received.method, received.url, signed, received.body, {"timestamp": stamp})
    return str(auth.signature(auth.string_to_sign(again, auth.canonical_request(again)), again))
