"""One call of an AWS API: what may be tried again is, and what comes of it is told apart."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Any

from pytest_fmbench.errors import CloudFault, CredentialsFault, Gone, NoCapacity, OverQuota

CAPACITY = frozenset(
    {
        "InsufficientInstanceCapacity",
        "InsufficientHostCapacity",
        "InsufficientReservedInstanceCapacity",
        "InsufficientCapacity",
        "InsufficientCapacityOnHost",
        "ReservationCapacityExceeded",
        "SpotMaxPriceTooLow",
        "UnfulfillableCapacity",
        "Unsupported",  # the type is not offered in that zone
    }
)
QUOTA = frozenset(
    {
        "VcpuLimitExceeded",
        "InstanceLimitExceeded",
        "MaxSpotInstanceCountExceeded",
        "ResourceLimitExceeded",
        "ServiceQuotaExceededException",
        "LimitExceededException",
    }
)
CREDENTIALS = frozenset(
    {
        "AuthFailure",
        "AccessDenied",
        "AccessDeniedException",
        "UnauthorizedOperation",
        "ExpiredToken",
        "ExpiredTokenException",
        "RequestExpired",
        "InvalidClientTokenId",
        "UnrecognizedClientException",
        "OptInRequired",
    }
)
THROTTLED = frozenset(
    {
        "RequestLimitExceeded",
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "TooManyRequestsException",
        "RequestThrottled",
        "SlowDown",
        "EC2ThrottledException",
    }
)
"""Sources: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html and each service's reference."""

_TRIES = 6
_FIRST_S, _LONGEST_S = 0.5, 20.0


def call(
    client: Any,  # noqa: ANN401  # boto3's
    operation: str,
    *,
    sleep: Callable[[float], None] = time.sleep,
    tries: int = _TRIES,
    **request: Any,  # noqa: ANN401  # boto3's
) -> dict[str, Any]:
    """Ask ``operation`` of ``client``; where its answer is lost, or it was throttled, ask the very same again.

    So whatever creates something must carry a token or a name that makes asking twice the same as asking once.

    :param tries: how often, at most.
    :raises NoCapacity: when what is asked for cannot be had there now; where a quota is used up, OverQuota.
    :raises CredentialsFault: when the caller may not, or may no more.
    :raises Gone: when what is named is not there (any more).
    :raises CloudFault: when it fails in another way, or keeps failing.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    method, problem = getattr(client, operation), ""
    for nth in range(tries):
        if nth:
            longest = min(_LONGEST_S, _FIRST_S * 2.0 ** (nth - 1))
            sleep(random.uniform(0.5, 1.0) * longest)  # noqa: S311  # spreads retries, keeps no secret
        try:
            answer: dict[str, Any] = method(**request)
        except ClientError as error:
            code, status = _code(error), int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
            problem = f"{operation}: {code}: {error.response.get('Error', {}).get('Message', '')}"
            _raise_what_stays(code, problem)
            if code not in THROTTLED and status < 500:
                raise CloudFault(problem) from None
        except BotoCoreError as error:
            problem = f"{operation}: {error}"
            if type(error).__name__ in ("NoCredentialsError", "PartialCredentialsError", "CredentialRetrievalError"):
                raise CredentialsFault(problem) from None
            if type(error).__name__ in ("ParamValidationError", "UnknownServiceError", "NoRegionError"):
                raise CloudFault(problem) from None
        else:
            return answer
    raise CloudFault(f"{problem} (asked {tries} times)")


def _raise_what_stays(code: str, problem: str) -> None:
    if code in QUOTA:
        raise OverQuota(problem)
    if code in CAPACITY:
        raise NoCapacity(problem)
    if code in CREDENTIALS:
        raise CredentialsFault(problem)
    if code.endswith(".NotFound") or code in ("ResourceNotFoundException", "ResourceNotFound"):
        raise Gone(problem)


def _code(error: Any) -> str:  # noqa: ANN401  # botocore's
    return str(error.response.get("Error", {}).get("Code", "unknown"))
