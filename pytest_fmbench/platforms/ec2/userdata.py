"""What an instance does once it has booted: user data, made of a launch plan. Pure."""

from __future__ import annotations

import gzip
import re
from base64 import b64encode
from collections.abc import Iterator, Mapping
from pathlib import Path
from shlex import join, quote

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.lease import Lease
from pytest_fmbench.platforms.aws.tags import EXPIRES
from pytest_fmbench.platforms.balancing import nginx_configuration
from pytest_fmbench.platforms.containers import of_client, run_line, variables_of
from pytest_fmbench.platforms.ec2.script import BALANCE, DOCKER, HEAD, LOGIN, NGINX, PULL, SERVE, TOKEN, WAIT, WEIGHTS
from pytest_fmbench.platforms.ec2.task import HOME, PORT, Task, weights_there

LONGEST = 16_384
"""Bytes of user data that EC2 takes: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/user-data.html."""

_LINGER_S, _LOOK_S, _POLL_S = 20, 60, 15
_OPEN_FILES = 65_536
_CONFIGURATION = "nginx.conf"
_ECR = re.compile(r"\d{12}\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?")
_TOKEN = "HF_TOKEN"


def user_data(lease: Lease, task: Task) -> bytes:
    """As EC2 takes it; packed where it would be too long, which cloud-init unpacks.

    :raises UsageError: where that is too long too.
    """
    plain = script(lease, task).encode()
    if len(plain) <= LONGEST:
        return plain
    packed = gzip.compress(plain, mtime=0)
    if len(packed) > LONGEST:
        raise UsageError(
            f"{lease.deployment}: what its instance is to do takes {len(packed):,} bytes packed, and EC2 takes "
            f"{LONGEST:,}: its stack writes files that are too long ({', '.join(task.plan.files)})"
        )
    return packed


def script(lease: Lease, task: Task) -> str:
    """The same as text. Its first line ends the machine when the lease does."""
    places = {
        "POLL": str(_POLL_S),
        "REPLICAS": " ".join((*(f"127.0.0.1:{port}" for port in task.ports), *task.beside)),
        "IMAGE": quote(task.container.image),
        "READY": quote(task.plan.ready_path),
        "CONFIGURATION": _CONFIGURATION,
    }
    return head(lease) + "".join(_parts(task, places))


def head(lease: Lease) -> str:
    """What user data of any instance of ours begin with: its end, by the lease and by its tag."""
    seconds = int(lease.expires_s - lease.made_s)
    places = {
        "MINUTES": str(-(-seconds // 60)),
        "SECONDS": str(seconds),
        "LEASE": lease.name,
        "PORT": str(PORT),
        "LINGER": str(_LINGER_S),
        "LOOK": str(_LOOK_S),
        "EXPIRES": EXPIRES,
    }
    return filled_in(HEAD, places)


def _parts(task: Task, places: Mapping[str, str]) -> Iterator[str]:
    files = dict(task.plan.files)
    if task.balances:
        files[_CONFIGURATION] = nginx_configuration(
            PORT, task.ports, HOME / "balancer", beside=task.beside, address=task.address, files=_OPEN_FILES
        )
    for name, text in files.items():
        yield _written(HOME / "files" / name, text)
    yield DOCKER
    if task.balances:
        yield NGINX
    yield from _fetched(task)
    yield filled_in(PULL, places)
    for nth in range(1, len(task.shares) + 1):
        yield _served(task, nth)
    yield filled_in(WAIT, places)
    if task.balances:
        yield filled_in(BALANCE, places)
    yield SERVE


def _fetched(task: Task) -> Iterator[str]:
    """What is read with the role of the instance, or from the internet."""
    if task.token_parameter:
        yield filled_in(TOKEN, {"FETCH": _token_line(task.token_parameter, task.region)})
    if found := _ECR.match(task.container.image):
        yield filled_in(LOGIN, {"REGION": found[1], "REGISTRY": found[0]})
    if task.weights and not task.weights.startswith("/"):
        line = _fetch_line(task.weights, weights_there(task.weights), task.region)
        yield filled_in(WEIGHTS, {"FETCH": line})


def _token_line(parameter: str, region: str) -> str:
    """Secrets of the Secrets Manager by their ARN; all else is a parameter of Systems Manager."""
    if ":secretsmanager:" in parameter:
        asked = "secretsmanager get-secret-value --query SecretString --secret-id"
    else:
        asked = "ssm get-parameter --with-decryption --query Parameter.Value --name"
    return join(("aws", *asked.split(), parameter, "--output", "text", "--region", region))


def _fetch_line(url: str, target: str, region: str) -> str:
    if url.startswith("s3://"):
        whole = ("--recursive",) if url.endswith("/") else ()
        return join(("aws", "s3", "cp", "--no-progress", *whole, "--region", region, url, target))
    return join(("curl", "-fsSL", "--retry", "5", "-o", target, url))


def _served(task: Task, nth: int) -> str:
    """Starts one replica, by the line by which a machine of ours does."""
    lent = task.lent(nth - 1)
    variables = variables_of(task.container, lent, {})  # ours are no business of its: there is its own token
    secret = {_TOKEN: ""} if task.token_parameter else {}
    line = run_line("docker", f"fmbench-{nth}", task.container, lent, variables | secret)
    lines = [
        "(",
        *(["  set -a", "  . /run/fmbench/env", "  set +a"] if secret else []),
        *(f"  export {name}={quote(value)}" for name, value in of_client(variables).items()),
        f"  exec {join(line)}",
        f') > "$log/{nth}.server.log" 2>&1 &',
        'servers+=("$!")',
    ]
    return "\n" + "\n".join(lines) + "\n"


def _written(path: Path, text: str) -> str:
    packed = b64encode(text.encode()).decode()
    return f"\nmkdir -p {quote(str(path.parent))}\nbase64 -d <<< {packed} > {quote(str(path))}\n"


def filled_in(part: str, places: Mapping[str, str]) -> str:
    """A part of user data, with the places between two @ filled in."""
    for name, value in places.items():
        part = part.replace(f"@{name}@", value)
    return part
