"""What an instance of the stand-in does once it runs: nothing, dies, or answers as the mock server does."""

from __future__ import annotations

import gzip
import os
import re
import socket
import threading
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

from pytest_fmbench.testing import healthy, serving
from pytest_fmbench.testing.steps import Script
from tests.support.aws.named import Named, models_in

MOCK, NEVER, DIES, REALLY = "mock", "never", "dies", "really"
HOWS = (MOCK, NEVER, DIES, REALLY)

HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHN0YW5kLWlu"
"""Of instances that are entered by ssh, as their consoles tell it; nobody listens there."""
_NETWORK = "127.77"
_RESERVED_PORT = 59_999
"""Bound on an address, but not listened on, while a machine of any process has that address."""

_BOOT_S = 0.02
_DIED = "fmbench: failed: docker: Error response from daemon: no such image\n"


@dataclass
class Machine:
    """An instance from inside.

    :param data: its user data, decoded.
    :param tags: of the instance, as moto has them.
    :param tagged: its metadata tell its tags.
    :ivar notice: that AWS is about to take it back, as its metadata tell it.
    :ivar ends_s: when it shuts down, in seconds since the epoch; of those that really boot.
    :ivar serves: what any container runs there, instead of what its image would.
    :ivar role_keys: credentials of its role, as its metadata tell them; empty where it has none.
    :ivar port: that its user data exports as ``FMBENCH_PORT``; 0 where they export none.
    """

    name: str
    region: str
    address: str
    data: bytes
    tags: Callable[[], list[dict[str, str]]]
    tagged: bool
    made_s: float = field(default_factory=time.time)
    written: list[str] = field(default_factory=list)
    notice: dict[str, str] | None = None
    ends_s: float | None = None
    serves: Sequence[str] = ()
    role_keys: Mapping[str, str] = field(default_factory=dict)

    @property
    def script(self) -> str:
        """Its user data as text."""
        data = gzip.decompress(self.data) if self.data[:2] == b"\x1f\x8b" else self.data
        return data.decode(errors="replace")

    @property
    def port(self) -> int:
        """Where it is to serve."""
        found = re.search(r"""FMBENCH_PORT=["']?(\d+)""", self.script)
        return int(found[1]) if found else 0

    def tag(self, name: str) -> str | None:
        """One of its tags."""
        return next((one["value"] for one in self.tags() if one["key"] == name), None)

    def console(self) -> bytes:
        """What it has written."""
        return "".join(self.written).encode()


class Boots:
    """All machines.

    :ivar how: of those that boot from now on: one of ``HOWS``.
    :ivar script: what the mock servers do; may be changed at any time for those that boot later.
    :ivar serves: what containers run in instances that really boot from now on; empty is what their image would.
    :ivar machines: by instance id; those that have ended too.
    """

    def __init__(
        self, problem: Callable[[str], None], shut_down: Callable[[Machine], None], now: Callable[[], float]
    ) -> None:
        self.how, self.machines = MOCK, dict[str, Machine]()
        self.script: Script = healthy()
        self.serves: Sequence[str] = ()
        self._problem, self._shut_down, self._now = problem, shut_down, now
        self._locks, self._running = dict[str, socket.socket](), dict[str, ExitStack]()
        self._next = os.getpid() * 251 % 65_000

    def address(self) -> str:
        """An address of this machine that no other instance has, of whatever process."""
        if self.how == REALLY:
            from tests.support.aws.really import reserved

            address, self._locks[address] = reserved()
            return address
        for _ in range(65_000):
            self._next = self._next % 65_000 + 1
            address = f"{_NETWORK}.{self._next // 255}.{self._next % 255 + 1}"
            held = socket.socket()
            try:
                held.bind((address, _RESERVED_PORT))
            except OSError:
                held.close()
                continue
            self._locks[address] = held
            return address
        raise RuntimeError(f"no address of {_NETWORK}.0.0/16 can be had")

    def boot(self, machine: Machine) -> None:
        """Have it boot, beside the caller."""
        self.machines[machine.name] = machine
        machine.serves = self.serves
        running = self._running[machine.name] = ExitStack()
        if self.how == REALLY:
            from tests.support.aws.really import booted

            running.enter_context(booted(machine, self._now, self._shut_down, self._problem))
        elif self.how == DIES:
            machine.written.append(f"cloud-init: running the user data of {machine.name}\n{_DIED}")
        elif self.how == MOCK and machine.port:
            thread = threading.Timer(_BOOT_S, self._serve, (machine, running, self.script))
            thread.daemon = True
            running.callback(thread.join, 10)
            running.callback(thread.cancel)
            thread.start()
        else:
            machine.written.append(f"cloud-init: running the user data of {machine.name}\n")

    def end(self, name: str) -> None:
        """Its power is gone."""
        if running := self._running.pop(name, None):
            running.close()
            if held := self._locks.pop(self.machines[name].address, None):
                held.close()

    def end_all(self) -> None:
        """The same of all."""
        for name in list(self._running):
            self.end(name)
        for held in self._locks.values():
            held.close()
        self._locks.clear()

    def cut_off(self, name: str) -> None:
        """Nobody reaches it any more; it has power still."""
        self._running[name].close()

    def reach(self, name: str) -> None:
        """Its mock server is reached again."""
        self._serve(self.machines[name], self._running[name], self.script)

    def runs(self, name: str) -> bool:
        """Whether it has power."""
        return name in self._running

    def _serve(self, machine: Machine, running: ExitStack, script: Script) -> None:
        try:
            mock = running.enter_context(
                serving(Named(script, models_in(machine.script)), host=machine.address, port=machine.port)
            )
        except OSError:
            self._problem(f"the boot of {machine.name}: {traceback.format_exc()}")
            return
        told = f"fmbench: host key {HOST_KEY}\n" if "host key" in machine.script else ""
        machine.written.append(f"fmbench: (stand-in) the mock server answers at {mock.url}\n{told}fmbench: ready\n")
