"""How the instance that generates load is entered: by ssh, with a key of its lease, as the host that its console tells.

The private key is a file of this user's in the state folder, which only he reads and which goes with the lease; the
instance is given the public one. So nobody has to be believed on first sight, and no secret is in user data.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from shlex import join

from pytest_fmbench.errors import CloudFault, NotAllowed, StoreError
from pytest_fmbench.model.lease import Lease

SSH_PORT = 22
KEYS = "keys"
"""What a lease calls the folder of its key, in its place."""

_HOST_KEY = re.compile(r"fmbench: host key (ssh-ed25519 [A-Za-z0-9+/=]+)\s")


def see_that_ssh_is_here() -> None:
    """See that its programs are.

    :raises NotAllowed: where one is not.
    """
    missing = [name for name in ("ssh", "ssh-keygen") if shutil.which(name) is None]
    if missing:
        raise NotAllowed(f"load= needs OpenSSH on the path, and {' and '.join(missing)} is not there")


def make_key(lease: Lease) -> str:
    """Make the key of ``lease``, unless it is there; its public half.

    :raises StoreError: when it cannot be written.
    """
    path = key_of(lease)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            line = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", lease.name, "-f", str(path)]
            subprocess.run(line, check=True, capture_output=True, stdin=subprocess.DEVNULL)
        return _public(path).read_text(encoding="ascii").strip()
    except (OSError, subprocess.CalledProcessError) as error:
        raise StoreError(f"cannot make a key in {path.parent}: {error}") from error


def forget_key(lease: Lease) -> None:
    """Remove the key of ``lease``, where it has one here.

    :raises StoreError: when it cannot be removed.
    """
    if KEYS not in lease.place:
        return
    path = key_of(lease)
    try:
        for one in (path, _public(path), hosts_of(lease)):
            one.unlink(missing_ok=True)
    except OSError as error:
        raise StoreError(f"cannot remove {path}: {error}") from error


def key_of(lease: Lease) -> Path:
    """Its private key."""
    return Path(lease.place[KEYS]) / lease.name


def hosts_of(lease: Lease) -> Path:
    """The file of the one host that may answer there."""
    return key_of(lease).with_name(f"{lease.name}.host")


def host_key_in(console: str) -> str:
    """The host key that an instance has told on its console; empty until it has."""
    found = _HOST_KEY.findall(console + "\n")
    return str(found[-1]) if found else ""


@dataclass(frozen=True)
class Ssh:
    """A way in.

    :param key: private key of who enters.
    :param hosts: file that says which key the host has.
    """

    key: Path
    hosts: Path
    host: str
    user: str
    port: int = SSH_PORT

    def know(self, host_key: str) -> None:
        """Write down which key the host has: only one that has it is spoken to.

        :raises StoreError: when it cannot be written.
        """
        try:
            self.hosts.write_text(f"[{self.host}]:{self.port} {host_key}\n{self.host} {host_key}\n", encoding="ascii")
        except OSError as error:
            raise StoreError(f"cannot write {self.hosts}: {error}") from error

    def line(self, *words: str) -> tuple[str, ...]:
        """Runs ``words`` there, and what is put after it, as ssh joins that."""
        options = {
            "IdentitiesOnly": "yes",
            "UserKnownHostsFile": f'"{self.hosts}"',
            "GlobalKnownHostsFile": "/dev/null",
            "StrictHostKeyChecking": "yes",
            "BatchMode": "yes",
            "ConnectTimeout": "10",
            "ServerAliveInterval": "15",
            "LogLevel": "ERROR",
        }
        said = [word for name, value in options.items() for word in ("-o", f"{name}={value}")]
        way = ("ssh", "-F", "none", "-i", str(self.key), "-p", str(self.port), *said)
        return (*way, f"{self.user}@{self.host}", join(words))

    def send(self, data: bytes, *words: str, patience_s: float) -> None:
        """Have ``words`` run there with ``data`` on their standard input, and see that they end well.

        :raises CloudFault: when they do not; with what was said.
        """
        try:
            subprocess.run(self.line(*words), input=data, check=True, capture_output=True, timeout=patience_s)
        except subprocess.CalledProcessError as error:
            said = error.stderr.decode(errors="replace").strip()
            raise CloudFault(f"{words[0]} on {self.host} ended with status {error.returncode}: {said}") from None
        except subprocess.TimeoutExpired:
            raise CloudFault(f"{words[0]} on {self.host} has not ended after {patience_s:g} s") from None


def _public(path: Path) -> Path:
    return path.with_name(f"{path.name}.pub")
