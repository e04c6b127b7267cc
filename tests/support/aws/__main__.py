"""``python -m tests.support.aws``: the stand-in as a process; tells how it is found, and ends by SIGTERM."""

from __future__ import annotations

import shlex
import signal
import sys
import threading

from tests.support.aws.cloud import Cloud
from tests.support.aws.serving import standing


def main() -> int:
    """Serve until SIGTERM or Ctrl-C; 1 when AWS would not have taken something."""
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    server = standing()
    cloud = Cloud(server)
    for name, value in cloud.environment.items():
        print(f"export {name}={shlex.quote(value)}", flush=True)
    ended.wait()
    for line in (*cloud.left(), *cloud.problems):
        print(line, file=sys.stderr)
    server.close()
    return 1 if cloud.problems else 0


if __name__ == "__main__":
    sys.exit(main())
