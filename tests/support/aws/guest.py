"""The first process of an instance that really boots: makes the namespaces that it is in a machine, and runs user data.

It is started by ``really.py`` within namespaces of its own, and changes nothing outside them: the disk is an overlay of
this machine's, in memory, and there is no way into any network but that to whoever asks.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

_BASE = Path("/mnt")
_DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
_PROGRAMS = "/usr/local/stand-in"


def main() -> None:
    """Say that the namespaces are there, hear what to be, become it, and collect whoever ends."""
    print("there", flush=True)
    what = json.loads(sys.stdin.readline())
    _become(what)
    script = Path("/var/lib/cloud/instance/scripts/part-001")
    script.parent.mkdir(parents=True, exist_ok=True)
    script.write_text(what["script"])
    script.chmod(0o700)
    threading.Thread(target=_copy_console, daemon=True).start()
    variables = {"PATH": f"{_PROGRAMS}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"}
    with subprocess.Popen([str(script)], cwd="/", env=variables, stdin=subprocess.DEVNULL) as child:
        status = child.wait()
    print(f"cloud-init: user data ended with status {status}", flush=True)
    while _one_ended():
        pass


def _one_ended() -> bool:
    """Collect one, or wait for ever where there is nobody; whoever ends this process ends all."""
    try:
        os.wait()
    except ChildProcessError:
        signal.pause()
    return True


def _become(what: dict[str, Any]) -> None:
    mounted = _BASE / "disk"
    _mount("-t", "tmpfs", "tmpfs", str(_BASE))
    for name in ("upper", "work", "disk"):
        (_BASE / name).mkdir()
    _mount("-t", "overlay", "-o", f"lowerdir=/,upperdir={_BASE}/upper,workdir={_BASE}/work", "overlay", str(mounted))
    for name in what["folders"]:  # those on other disks are no part of the overlay
        if Path(name).stat().st_dev != Path("/").stat().st_dev:
            (mounted / name.lstrip("/")).mkdir(parents=True, exist_ok=True)
            _mount("--bind", name, str(mounted / name.lstrip("/")))
    _mount("-t", "proc", "proc", str(mounted / "proc"))
    _mount("-t", "sysfs", "-o", "ro", "sysfs", str(mounted / "sys"))
    _make_devices(mounted / "dev")
    _mount("-t", "tmpfs", "tmpfs", str(mounted / "run"))
    (mounted / "etc/resolv.conf").unlink(missing_ok=True)
    (mounted / "etc/resolv.conf").write_text("")  # nobody is asked for names, so nothing waits for an answer
    (mounted / "etc/hosts").write_text(f"127.0.0.1 localhost {what['name']}\n")
    programs = mounted / _PROGRAMS.lstrip("/")
    programs.mkdir(parents=True)
    for name, text in what["programs"].items():
        (programs / name).write_text(text)
        (programs / name).chmod(0o755)
    os.chroot(mounted)
    os.chdir("/")


def _make_devices(folder: Path) -> None:
    _mount("-t", "tmpfs", "tmpfs", str(folder))
    for name in _DEVICES:
        (folder / name).touch()
        _mount("--bind", f"/dev/{name}", str(folder / name))
    for name, target in (("fd", "fd"), ("stdin", "fd/0"), ("stdout", "fd/1"), ("stderr", "fd/2")):
        (folder / name).symlink_to(f"/proc/self/{target}")
    (folder / "shm").mkdir()
    _mount("-t", "tmpfs", "tmpfs", str(folder / "shm"))
    os.mkfifo(folder / "console")


def _copy_console() -> None:
    """What is written to the console goes where everything goes that user data write."""
    console = os.open("/dev/console", os.O_RDWR)
    while data := os.read(console, 65_536):
        os.write(1, data)


def _mount(*words: str) -> None:
    subprocess.run([shutil.which("mount") or "mount", *words], check=True)


if __name__ == "__main__":
    main()
