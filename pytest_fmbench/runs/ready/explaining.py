"""What a request before any load came to nothing by, and the way out: the first that fits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pytest_fmbench.client.dialects.json_items import NO_SUCH_PATH
from pytest_fmbench.errors import CredentialsFault, EnvironmentFault, FmbenchError, UsageError
from pytest_fmbench.model.endpoint import Endpoint
from pytest_fmbench.model.readable import terminal
from pytest_fmbench.model.record import RequestRecord

_REFUSED, _NO_ROUTE = {401, 403}, {404, 405}
_NOT_TRUSTED, _NO_TLS = "CERTIFICATE_VERIFY_FAILED", ("WRONG_VERSION_NUMBER", "RECORD LAYER FAILURE")
"""How OpenSSL names a certificate that nobody known has signed, and an answer that is none of TLS."""

Fault = tuple[type[FmbenchError], str]


def explained(endpoint: Endpoint, record: RequestRecord, served: Sequence[str]) -> FmbenchError:
    """What to raise for a request that failed.

    :param served: names of the models that the server says it has; empty where it does not say.
    """
    said = terminal(record.error or "")  # it may be anything, and is shown there
    what = f"{said}\n  from {endpoint.base_url}, asked once before any load"
    faults = (
        *_of_access(endpoint, record),
        *_of_what_was_asked(endpoint, record, served),
        *_of_the_way(endpoint, record),
    )
    kind, way_out = faults[0] if faults else (EnvironmentFault, "")
    return kind(f"{what}\n  {way_out}" if way_out else what)


def _of_access(endpoint: Endpoint, record: RequestRecord) -> Iterator[Fault]:
    if record.http_status not in _REFUSED:
        return
    if endpoint.signing is not None:
        yield CredentialsFault, "The AWS credentials that were found may not do that, or not any more."
    elif endpoint.headers:
        yield (
            UsageError,
            f"It does not take the {' and '.join(endpoint.headers)} that was given: see whether it is right.",
        )
    else:
        yield UsageError, "Name a variable that holds a key with --fmbench-api-key-env, or a --fmbench-header."


def _of_what_was_asked(endpoint: Endpoint, record: RequestRecord, served: Sequence[str]) -> Iterator[Fault]:
    if NO_SUCH_PATH in (record.error or ""):
        yield UsageError, "Say where in its reply the items lie: json?path=/PATH&items=PATH.IN.THE.REPLY"
    if served and endpoint.model not in served:
        yield UsageError, f"It serves no model {endpoint.model!r}, but: {', '.join(served)}"
    if record.http_status in _NO_ROUTE and (url := _likelier(endpoint)):
        yield UsageError, f"Paths such as /chat/completions are added to the URL: is it {url}?"


def _likelier(endpoint: Endpoint) -> str:
    """The URL that was meant, where the one that was given is no base of OpenAI's routes; empty where it is one."""
    given = endpoint.base_url
    if not endpoint.dialect.startswith("openai"):
        return ""
    base, version, _ = given.partition("/v1/")
    return f"{base}/v1" if version else "" if given.endswith("/v1") else f"{given}/v1"


def _of_the_way(endpoint: Endpoint, record: RequestRecord) -> Iterator[Fault]:
    said = (record.error or "").upper()
    if _NOT_TRUSTED in said:
        yield EnvironmentFault, "Name the file of the certificates to trust there with --fmbench-ca-bundle."
    if any(one in said for one in _NO_TLS):
        yield EnvironmentFault, f"It does not speak TLS: is it http{endpoint.base_url.removeprefix('https')}?"
    if record.http_status is None:
        and_tls = ", and does it speak TLS" if endpoint.base_url.startswith("https:") else ""
        yield EnvironmentFault, f"Is it running, and is the address right{and_tls}?"
