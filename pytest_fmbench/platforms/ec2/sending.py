"""Our package, sent to where load is generated: as it is here, whether or not it was ever published."""

from __future__ import annotations

import io
import tarfile
from importlib.metadata import distribution
from pathlib import Path

from pytest_fmbench.platforms.base import Progress
from pytest_fmbench.platforms.ec2.console import Console
from pytest_fmbench.platforms.ec2.loader import PYTHON, SENT
from pytest_fmbench.platforms.ec2.ssh import Ssh
from pytest_fmbench.platforms.ec2.waiting import wait_until_it_can_be_entered

_NAME, _OURS = "pytest_fmbench", "pytest-fmbench"
_PATIENCE_S = 120.0


def entered(console: Console, ssh: Ssh, timeout_s: float, progress: Progress) -> tuple[str, ...]:
    """Wait until an instance can be entered, and send it our package; as :func:`send_package`.

    :raises LaunchError: when it ends before, or it takes longer than that.
    :raises CloudFault: when it lets us not in.
    """
    ssh.know(wait_until_it_can_be_entered(console, timeout_s))
    progress(f"sending what generates load to {console.identity}")
    return send_package(ssh)


def send_package(ssh: Ssh) -> tuple[str, ...]:
    """Send it; returns the command of a Python there that has it, to which its arguments are added.

    :raises CloudFault: when it cannot be sent.
    """
    ssh.send(parcel(), "tar", "-xz", "-C", str(SENT), patience_s=_PATIENCE_S)
    return ssh.line("env", f"PYTHONPATH={SENT}", str(PYTHON))


def parcel() -> bytes:
    """The package, and what says its version, as a packed tar."""
    ours = distribution(_OURS)
    metadata = (ours.read_text("METADATA") or f"Name: {_OURS}\nVersion: {ours.version}\n").encode()
    told = tarfile.TarInfo(f"{_NAME}-{ours.version}.dist-info/METADATA")
    told.size = len(metadata)
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        tar.add(Path(__file__).parents[2], _NAME, filter=_source)
        tar.addfile(told, io.BytesIO(metadata))
    return buffer.getvalue()


def _source(entry: tarfile.TarInfo) -> tarfile.TarInfo | None:
    if "__pycache__" in entry.name:
        return None
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    return entry
