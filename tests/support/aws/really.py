"""Instances that really boot: user data run in network, mount and process namespaces, reached over a virtual cable.

Everything hangs on the thread that starts it: when that ends, however it does, the kernel kills the instance, and with
its namespaces go its cable, its disk and its address.
"""

from __future__ import annotations

import ctypes
import json
import os
import selectors
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from tests.support.aws.boots import Machine
from tests.support.aws.metadata import ADDRESS, Metadata

_ROOT = Path(__file__).parents[3]
_NETWORK = "198.18"  # for measuring devices, and routed nowhere: RFC 2544
_LINKS = 16_000
_NEEDED = ("unshare", "nsenter", "setpriv", "ip", "mount", "curl", "bash")
_NAMESPACES = ("--mount", "--net", "--pid", "--uts", "--ipc", "--propagation", "private")
_LOOK_S = 0.05
_END_S = 10.0
_NEW_NET = 0x40000000

_SHUTDOWN = f"""#!/bin/sh
# tells the stand-in when this instance ends, instead of ending the machine that the tests run on
when=
for word; do
  case $word in -c) when=cancel ;; -*) ;; now) when=0 ;; +*) when=${{word#+}} ;; esac
done
[ "${{0##*/}}" = poweroff ] && when=0
exec curl -sf -X PUT "http://{ADDRESS}/stand-in/shutdown/${{when:-1}}"
"""


@cache
def impossible() -> str:
    """Why no instance can really boot here; empty where it can."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "namespaces need root on Linux"
    missing = [name for name in _NEEDED if shutil.which(name) is None]
    if missing:
        return f"{', '.join(missing)} is not there"
    tried = subprocess.run(["unshare", *_NAMESPACES, "--fork", "true"], capture_output=True, text=True, check=False)
    return "" if tried.returncode == 0 else f"no namespaces can be made: {tried.stderr.strip()}"


def reserved() -> tuple[str, socket.socket]:
    """An address for an instance that none has, of whatever process, while the socket is open."""
    first = os.getpid() * 251 % _LINKS
    for link in (*range(first, _LINKS), *range(first)):
        held = socket.socket(socket.AF_UNIX)
        try:
            held.bind(f"\0fmbench-stand-in-{link}")  # in no folder, and gone with us
        except OSError:
            held.close()
            continue
        return f"{_NETWORK}.{link // 64}.{link % 64 * 4 + 2}", held
    raise RuntimeError("no address is left for an instance")


@contextmanager
def booted(
    machine: Machine, now: Callable[[], float], shut_down: Callable[[Machine], None], problem: Callable[[str], None]
) -> Iterator[None]:
    """Boot ``machine``, beside the caller, and have it end with the block.

    :param shut_down: called when it has shut itself down.
    :param problem: told of what is wrong with the stand-in itself.
    """
    if why := impossible():
        raise RuntimeError(why)
    stop = threading.Event()

    def live() -> None:
        try:
            _live(machine, now, shut_down, stop)
        except (OSError, subprocess.SubprocessError, RuntimeError) as error:
            problem(f"{machine.name} cannot boot: {error!r}")

    thread = threading.Thread(target=live, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        if thread is not threading.current_thread():
            thread.join(_END_S)


def _live(
    machine: Machine, now: Callable[[], float], shut_down: Callable[[Machine], None], stop: threading.Event
) -> None:
    guest = [sys.executable, "-S", str(Path(__file__).with_name("guest.py"))]
    # whoever dies takes who stands after it along: this thread, unshare, the instance's first process, all others
    command = ["setpriv", "--pdeathsig", "KILL", "unshare", *_NAMESPACES, "--kill-child=KILL", "--fork", *guest]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd="/"
    ) as child:
        try:
            _watch(machine, child, now, shut_down, stop)
        finally:
            child.kill()


def _watch(
    machine: Machine,
    child: subprocess.Popen[bytes],
    now: Callable[[], float],
    shut_down: Callable[[Machine], None],
    stop: threading.Event,
) -> None:
    assert child.stdin is not None
    assert child.stdout is not None
    if child.stdout.readline() != b"there\n":
        raise RuntimeError(f"its first process did not start: {child.stdout.read()!r}")
    _connect(machine.address, child.pid)
    metadata = Metadata(_listening(child.pid), machine, now)
    threading.Thread(target=metadata.serve_forever, args=(_LOOK_S,), daemon=True).start()
    child.stdin.write(json.dumps(_what(machine)).encode() + b"\n")
    child.stdin.flush()
    os.set_blocking(child.stdout.fileno(), False)
    try:
        with selectors.DefaultSelector() as selector:
            selector.register(child.stdout, selectors.EVENT_READ)
            while not stop.is_set():
                if selector.select(_LOOK_S) and not _copied(child, machine):
                    raise RuntimeError(f"its first process ended: {machine.console()[-2000:]!r}")
                if machine.ends_s is not None and machine.ends_s <= now():
                    shut_down(machine)
                    return
    finally:
        metadata.shutdown()
        metadata.server_close()


def _copied(child: subprocess.Popen[bytes], machine: Machine) -> bool:
    """Take what it has written; whether it may write more."""
    assert child.stdout is not None
    data = child.stdout.read(65_536)
    machine.written.append((data or b"").decode(errors="replace"))
    return data != b""


def _what(machine: Machine) -> dict[str, object]:
    """What the first process is to become."""
    python = (
        f"#!/bin/sh\nexport PYTHONPATH={_ROOT} STAND_IN_SERVES='{json.dumps(machine.serves)}'\n"
        f'exec {sys.executable} {Path(__file__).with_name("guest_docker.py")} "$@"\n'
    )
    programs = {"docker": python, "shutdown": _SHUTDOWN, "poweroff": _SHUTDOWN, "systemctl": "#!/bin/sh\n"}
    folders = sorted({str(_ROOT), sys.prefix, sys.base_prefix})
    return {"script": machine.script, "name": machine.name, "programs": programs, "folders": folders}


def _connect(address: str, pid: int) -> None:
    """Lay a cable into its network; there is no way on from there."""
    prefix, _, last = address.rpartition(".")
    cable = f"fm{prefix.rpartition('.')[2]}x{last}"
    _do("ip", "link", "add", cable, "type", "veth", "peer", "name", "eth0", "netns", str(pid))
    _do("ip", "address", "add", f"{prefix}.{int(last) - 1}/30", "dev", cable)
    _do("ip", "link", "set", cable, "up")
    inside = ("nsenter", "--target", str(pid), "--net", "ip")
    _do(*inside, "link", "set", "lo", "up")
    _do(*inside, "address", "add", f"{ADDRESS}/32", "dev", "lo")
    _do(*inside, "address", "add", f"{address}/30", "dev", "eth0")
    _do(*inside, "link", "set", "eth0", "up")


def _do(*words: str) -> None:
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(words)}: {done.stderr.strip()}")


def _listening(pid: int) -> socket.socket:
    """A socket that listens within the instance's network: it is made by this thread while that is in there."""
    libc = ctypes.CDLL(None, use_errno=True)
    with Path("/proc/thread-self/ns/net").open() as outside, Path(f"/proc/{pid}/ns/net").open() as inside:
        _enter(libc, inside.fileno())
        try:
            return socket.create_server((ADDRESS, 80), reuse_port=False)
        finally:
            _enter(libc, outside.fileno())


def _enter(libc: ctypes.CDLL, file: int) -> None:
    if libc.setns(file, _NEW_NET):
        raise OSError(ctypes.get_errno(), "setns")
