"""AWS's stand-in as a process: ``python -m tests.support.aws [COMMAND ...]``.

Without a command it tells how it is found, and ends by SIGTERM. With one it runs that where AWS is the stand-in, with a
real engine behind everything that it serves, and fails when something is left that costs.
"""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence

from tests.support.aws.cloud import Cloud
from tests.support.aws.serving import standing


def main(command: Sequence[str]) -> int:
    """Serve until the command has ended, or until SIGTERM or Ctrl-C; 1 when AWS would not have taken something."""
    server = standing()
    cloud = Cloud(server)
    try:
        status = _run(cloud, command) if command else _wait(cloud)
        left = [*cloud.left(), *cloud.problems]
    finally:
        server.close()
    for line in left:
        print(line, file=sys.stderr)
    return status or (1 if cloud.problems or (command and left) else 0)


def _wait(cloud: Cloud) -> int:
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    for name, value in cloud.environment.items():
        print(f"export {name}={shlex.quote(value)}", flush=True)
    ended.wait()
    return 0


def _run(cloud: Cloud, command: Sequence[str]) -> int:
    from tests.support.aws.engine import behind

    with behind(cloud) as environment:
        return subprocess.run(command, env=os.environ | environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
