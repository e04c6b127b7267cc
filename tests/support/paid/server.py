"""A toy that was made: ``python -m tests.support.paid.server THING``, a thing as JSON, serves until it is deleted."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from dataclasses import replace

from pytest_fmbench.testing import constant, healthy
from pytest_fmbench.testing.server import Server
from tests.support.paid.cloud import Thing, ToyCloud, toy_cloud

_LOOK_S = 0.1


def main(text: str) -> None:
    """Write its file, with where it serves, and serve."""
    cloud = toy_cloud()
    server = Server(healthy(ttft=constant(0.002), itl=constant(0.001)), keep_asked=False)
    thing = replace(Thing(**json.loads(text)), pid=os.getpid(), port=server.port)
    cloud.put(thing)
    threading.Thread(target=_end_with, args=(cloud, thing.lease), daemon=True).start()
    server.loop.run()


def _end_with(cloud: ToyCloud, lease: str) -> None:
    """The dead-man: it ends at its expiry, and when its file is gone."""
    while (thing := cloud.thing(lease)) is not None and thing.expires_s > time.time():
        time.sleep(_LOOK_S)
    cloud.path(lease).unlink(missing_ok=True)
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1])
