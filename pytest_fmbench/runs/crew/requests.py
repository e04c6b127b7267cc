"""How the requests of an endpoint look: its headers, a dialect's body, an id each, a signature where it wants one.

httpx builds one for each path; the others are that one with another length and id, since building each anew costs more
than everything else about a request.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import httpx

from pytest_fmbench.client.dialects.base import Call
from pytest_fmbench.client.message import Message, message_of
from pytest_fmbench.client.recorder import Recorder
from pytest_fmbench.client.signing import GOOD_FOR_NS, SignedAuth, Target, signer_of, target_of
from pytest_fmbench.clock import monotonic_ns
from pytest_fmbench.model.endpoint import Endpoint
from pytest_fmbench.model.secret import Secret

_ID, _LENGTH = b"fmbench-request-id", b"content-length: 0\r\n"


def client_of(endpoint: Endpoint, transport: Recorder, timeout: httpx.Timeout) -> httpx.AsyncClient:
    """A client that builds requests with the endpoint's headers and takes nothing from the environment."""
    headers = {name: value.reveal() if isinstance(value, Secret) else value for name, value in endpoint.headers.items()}
    if "accept-encoding" not in map(str.lower, headers):
        headers["accept-encoding"] = "identity"  # httpx would ask for gzip, whose tokens come when a block is full
    auth = None if endpoint.signing is None else SignedAuth(endpoint.signing)
    return httpx.AsyncClient(transport=transport, timeout=timeout, headers=headers, trust_env=False, auth=auth)


@dataclass(frozen=True)
class _Form:
    """A request without its body, and what of it is signed."""

    message: Message
    target: Target


@dataclass(frozen=True)
class Requests:
    """Makes the requests of an endpoint.

    :param whole_timeout_s: longest that a whole response may take, in seconds.
    """

    client: httpx.AsyncClient
    endpoint: Endpoint
    whole_timeout_s: float
    _forms: dict[str, _Form] = field(default_factory=dict)

    def message(self, call: Call, request_id: str) -> Message:
        """The request that makes ``call``; it carries ``request_id`` as ``x-request-id``.

        One that is signed is good for :data:`~pytest_fmbench.client.signing.GOOD_FOR_NS`.
        """
        form = self._forms.get(call.path)
        if form is None:
            form = self._forms[call.path] = self._form(call.path)
        head = form.message.content.replace(_ID, request_id.encode(), 1)
        head = head.replace(_LENGTH, b"content-length: %d\r\n" % len(call.body), 1)
        if self.endpoint.signing is not None:
            head = _with(head, signer_of(self.endpoint.signing).headers(form.target, call.body))
        of = form.message
        return Message(of.origin, head + call.body, of.patience, of.connect_timeout_s)

    def is_good(self, built_ns: int) -> bool:
        """Whether a message that was made then may be sent now."""
        return self.endpoint.signing is None or monotonic_ns() - built_ns <= GOOD_FOR_NS

    def _form(self, path: str) -> _Form:
        headers = {"content-type": "application/json", "x-request-id": _ID.decode()}
        request = self.client.build_request("POST", self.endpoint.base_url + path, content=b"", headers=headers)
        request.extensions["whole_timeout"] = self.whole_timeout_s
        message = message_of(request)
        lowered = message.content.replace(b"Content-Length: 0\r\n", _LENGTH, 1)  # httpx capitalises what it adds
        return _Form(replace(message, content=lowered), target_of(request))


def _with(head: bytes, headers: dict[str, str]) -> bytes:
    """A request's head with more headers, before the empty line that ends it."""
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return head[:-2] + lines.encode("ascii") + b"\r\n"
