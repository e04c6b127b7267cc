"""The stand-in's HTTP server: one a process, on 127.0.0.1, with another world for each test."""

from __future__ import annotations

import atexit
import threading
from functools import cache
from typing import Any

from tests.support.aws.application import OWN, Application
from tests.support.aws.boots import Boots, Machine
from tests.support.aws.world import Handler, World

KEYS = {
    "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "stand-in",
    "AWS_SESSION_TOKEN": "stand-in",
}


class Standing:
    """The server, and what it serves.

    :ivar url: of the control plane.
    """

    def __init__(self) -> None:
        from moto import settings
        from werkzeug.serving import WSGIRequestHandler, make_server

        class Quiet(WSGIRequestHandler):
            def log(self, *_: Any) -> None:
                """What came is in ``calls``; the terminal is the test's."""

        # 1,300 images of 2017 would be made for each test and region; those of ours are in images.py
        vars(settings)["ec2_load_default_amis"] = lambda: False
        self.url = ""
        self.application = Application(self._new_world(), mended())
        self._server = make_server("127.0.0.1", 0, self.application, threaded=True, request_handler=Quiet)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()
        self.reset()
        atexit.register(self.close)

    @property
    def world(self) -> World:
        """What there is now."""
        return self.application.world

    def reset(self) -> World:
        """Begin again, with nothing."""
        self.end_of_world()
        from moto.core.base_backend import BackendDict

        with self.application.lock:
            BackendDict.reset()
            self.application.world = self._new_world()
        return self.application.world

    def end_of_world(self) -> None:
        """Whatever runs or hangs ends."""
        self.world.faults.ended.set()
        self.world.boots.end_all()

    def close(self) -> None:
        """Serve no more."""
        self.end_of_world()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def ask(self, service: str, method: str, region: str, request: dict[str, Any]) -> dict[str, Any]:
        """Ask AWS something in its own name: it is not noted as a call, and does not go wrong."""
        from boto3.session import Session
        from botocore.config import Config

        session = Session(KEYS["AWS_ACCESS_KEY_ID"], KEYS["AWS_SECRET_ACCESS_KEY"], region_name=region)
        client = session.client(service, endpoint_url=self.url, config=Config(user_agent_extra=OWN))
        try:
            found: dict[str, Any] = getattr(client, method)(**request)
        finally:
            client.close()
        return found

    def _new_world(self) -> World:
        def problem(told: str) -> None:
            world.problems.append(told)

        def shut_down(machine: Machine) -> None:
            from tests.support.aws import running

            with self.application.lock:
                if self.application.world is world:
                    running.shut_down(world, machine)

        def now_s() -> float:
            return world.now_s()

        world = World(Boots(problem, shut_down, now_s))
        return world


def mended() -> dict[tuple[str, str], Handler]:
    """What is done here, and not by moto."""
    from tests.support.aws import bedrock, ec2, endpoints, inventory, quotas, sagemaker, scheduling

    found: dict[tuple[str, str], Handler] = {}
    for module in (bedrock, ec2, endpoints, inventory, quotas, sagemaker, scheduling):
        found |= module.OPERATIONS
    return found


@cache
def standing() -> Standing:
    """The one of this process."""
    return Standing()
