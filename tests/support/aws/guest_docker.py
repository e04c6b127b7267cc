"""``docker`` of an instance that really boots. What it runs are processes of the instance.

An image of llama.cpp runs that server by the wheel that the tests have, any other the mock server; or all run what the
test says.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

HOME = Path("/var/lib/stand-in-docker")
DIGEST = "sha256:" + "0" * 64

_VALUED = (
    "name",
    "label",
    "publish",
    "p",
    "mount",
    "v",
    "volume",
    "env",
    "e",
    "entrypoint",
    "gpus",
    "device",
    "format",
)
_ALSO_VALUED = (
    "cpuset-cpus",
    "ipc",
    "pull",
    "security-opt",
    "shm-size",
    "network",
    "restart",
    "filter",
    "f",
    "env-file",
)


def main(words: Sequence[str]) -> int:
    """Do what the command line says; what it does not know is an error."""
    verb, *rest = words
    if words[:2] == ["image", "inspect"]:
        verb, rest = "inspect", list(words[2:])
    options, plain = _read(rest)
    if verb == "inspect":
        print(f"{plain[0].partition('@')[0].rpartition(':')[0] or plain[0]}@{DIGEST}")
        return 0
    if verb in ("ps", "info", "version", "pull", "login"):
        return 0
    if verb in ("rm", "stop", "kill"):
        return _remove(plain[0])
    if verb == "run":
        return _run(options, plain)
    print(f"docker of the stand-in knows no {verb}", file=sys.stderr)
    return 125


def _run(options: list[tuple[str, str]], plain: list[str]) -> int:
    image, *arguments = plain
    published = next(value for name, value in options if name in ("publish", "p"))
    port = published.split(":")[-2]
    variables = dict(_variables(options))
    command = _command(image, _outside(arguments, options), port)
    ours = {name: os.environ[name] for name in ("PATH", "PYTHONPATH")}
    made = subprocess.Popen(command, env=ours | variables, start_new_session=True)
    HOME.mkdir(parents=True, exist_ok=True)
    (HOME / dict(options).get("name", "unnamed")).write_text(str(made.pid))
    if any(name in ("d", "detach") for name, _ in options):
        print(made.pid)
        return 0
    signal.signal(signal.SIGTERM, lambda number, _: made.send_signal(number))
    status = made.wait()
    return 128 - status if status < 0 else status


def _command(image: str, arguments: list[str], port: str) -> list[str]:
    """What the image would run."""
    serves = json.loads(os.environ.get("STAND_IN_SERVES", "[]"))
    given = {name.lstrip("-"): value for name, value in pairwise(arguments) if name[:2] == "--"}
    served = given.get("alias") or given.get("served-model-name") or given.get("model", "mock")
    if serves:
        return [word.replace("{port}", port).replace("{served}", served) for word in serves]
    if "llama.cpp" not in image:
        return [sys.executable, "-m", "tests.support.aws.guest_mock", port, served]
    slots = int(given.get("parallel", "1"))
    return [
        *(sys.executable, "-m", "pytest_fmbench.stacks.llamacpp_server", "--model", given["model"], "--alias", served),
        *("--host", "0.0.0.0", "--port", port, "--threads", given.get("threads", "1"), "--slots", str(slots)),
        *("--context", str(int(given.get("ctx-size", "2048")) // slots)),
    ]


def _outside(arguments: list[str], options: list[tuple[str, str]]) -> list[str]:
    """The arguments, with paths of the container as those of the instance that are mounted there."""
    for name, value in options:
        if name == "mount":
            part = dict(piece.split("=", 1) for piece in value.split(",") if "=" in piece)
            old, new = part["target"], part["source"]
            fits = [word == old or word.startswith(f"{old}/") for word in arguments]
            arguments = [new + word[len(old) :] if yes else word for word, yes in zip(arguments, fits, strict=True)]
    return arguments


def _variables(options: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    for name, value in options:
        if name in ("env", "e"):
            key, mark, text = value.partition("=")
            yield key, text if mark else os.environ[key]


def _remove(name: str) -> int:
    if not (HOME / name).exists():
        print(f"Error response from daemon: No such container: {name}", file=sys.stderr)
        return 1
    pid = int((HOME / name).read_text())
    (HOME / name).unlink()
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        return 0
    return 0


def _read(words: Sequence[str]) -> tuple[list[tuple[str, str]], list[str]]:
    """Options, and what comes after them."""
    options, at = list[tuple[str, str]](), 0
    while at < len(words) and words[at].startswith("-"):
        name, mark, value = words[at].lstrip("-").partition("=")
        if not mark and name in (*_VALUED, *_ALSO_VALUED):
            at += 1
            value = words[at]
        options.append((name, value))
        at += 1
    return options, list(words[at:])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
