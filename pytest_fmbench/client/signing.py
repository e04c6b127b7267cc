"""AWS Signature Version 4 on requests, by whoever sends them, with credentials that are found there.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html; the arithmetic is
botocore's. Only what AWS asks for is signed: the host, the type of the content and its hash, and headers of Amazon's
own. So the id of a request, and what a proxy may change, may be another for the same signature.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from functools import cache
from threading import Thread
from typing import Any

import httpx

from pytest_fmbench.clock import NS_PER_S, monotonic_ns, wall_basic
from pytest_fmbench.errors import CredentialsFault, NotAllowed
from pytest_fmbench.model.endpoint import Signing

GOOD_FOR_NS = 60 * NS_PER_S
"""How long before it is sent a request may be signed; AWS takes those of five minutes ago."""

_LOOK_NS = 20 * NS_PER_S
"""How often it is seen whether credentials that expire are to be had anew."""

_SIGNED = ("host", "content-type")
_AMAZONS = ("x-amz-", "x-amzn-")
_TRACE = "x-amzn-trace-id"
"""Which those on the way may write."""


@dataclass(frozen=True)
class Target:
    """What of a request is signed beside its body and the time.

    :param url: as it is sent, with its escapes.
    :param headers: by lower-case name.
    """

    method: str
    url: str
    headers: Mapping[str, str]


def target_of(request: httpx.Request) -> Target:
    """What of a request is signed; its host is what its header says."""
    headers = {name: value for name, value in request.headers.items() if _is_signed(name)}
    url = f"{request.url.scheme}://{headers['host']}{request.url.raw_path.decode('ascii')}"
    return Target(request.method, url, headers)


class Signer:
    """Signs requests. Credentials that expire are had anew in a thread, so that nobody waits for them.

    Where that fails the old ones are kept: what AWS says of those is then the cause of each request's failure.

    :raises NotAllowed: where botocore is not installed, or there are no credentials.
    :raises CredentialsFault: where there should be some, but they cannot be had, such as those of a login that is over.
    """

    def __init__(self, signing: Signing) -> None:
        self._signing, self._credentials = signing, _found(signing)
        self._looked_ns = monotonic_ns()
        problem = self._renew()
        if problem is not None:
            raise CredentialsFault(f"AWS credentials cannot be had: {problem}") from problem

    def headers(self, target: Target, body: bytes) -> dict[str, str]:
        """What a request must carry too. It is to be sent within :data:`GOOD_FOR_NS`."""
        self._look()
        auth, token = self._held
        stamp = wall_basic()
        told = {"x-amz-date": stamp, **token}
        request = _Request(target.method, target.url, {**target.headers, **told}, body, {"timestamp": stamp})
        signature = auth.signature(auth.string_to_sign(request, auth.canonical_request(request)), request)
        names = ";".join(sorted(request.headers))
        told["authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={auth.scope(request)}, SignedHeaders={names}, Signature={signature}"
        )
        return told

    def _look(self) -> None:
        """Have credentials anew, if it is time to see whether they are to be."""
        now_ns = monotonic_ns()
        if now_ns - self._looked_ns > _LOOK_NS and hasattr(self._credentials, "refresh_needed"):
            self._looked_ns = now_ns
            Thread(target=self._renew, name="credentials", daemon=True).start()

    def _renew(self) -> Exception | None:
        """Hold the credentials that there are now; where they cannot be had, why, and what is held stays."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            self._held = self._holding(self._credentials.get_frozen_credentials())
        except (BotoCoreError, ClientError, OSError) as error:
            return error
        return None

    def _holding(self, frozen: Any) -> tuple[Any, dict[str, str]]:  # noqa: ANN401  # botocore's
        """Who signs with these credentials, and the token that goes along."""
        from botocore.auth import SigV4Auth

        auth = SigV4Auth(frozen, self._signing.service, self._signing.region)
        return auth, {"x-amz-security-token": frozen.token} if frozen.token else {}


@cache
def signer_of(signing: Signing) -> Signer:
    """The one of this process; errors as there."""
    return Signer(signing)


@dataclass(frozen=True)
class SignedAuth(httpx.Auth):
    """Signs what goes through an httpx client."""

    signing: Signing
    requires_request_body = True

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """As httpx says."""
        request.headers.update(signer_of(self.signing).headers(target_of(request), request.content))
        yield request


@dataclass
class _Request:
    """What botocore looks at; its own request takes longer to make than to sign."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes
    context: dict[str, Any]
    params: Mapping[str, str] = field(default_factory=dict)


def _is_signed(name: str) -> bool:
    return name in _SIGNED or (name.startswith(_AMAZONS) and name != _TRACE)


def _found(signing: Signing) -> Any:  # noqa: ANN401  # botocore's
    """The credentials of this process, as AWS's own tools find them."""
    try:
        from botocore.exceptions import BotoCoreError
        from botocore.session import Session
    except ImportError:
        raise NotAllowed(
            "requests to AWS are signed by a package that is not installed: pip install 'pytest-fmbench[aws]'"
        ) from None
    try:
        found = Session(profile=signing.profile or None).get_credentials()
    except BotoCoreError as error:
        raise NotAllowed(f"AWS credentials cannot be had: {error}") from None
    if found is None:
        raise NotAllowed("there are no AWS credentials: set AWS_PROFILE, or what `aws configure` sets")
    return found
