"""The way into the instance that generates load: against a real sshd of this machine, where there is one."""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from pytest_fmbench.errors import CloudFault, StoreError
from pytest_fmbench.load.elsewhere import Elsewhere
from pytest_fmbench.load.engine import QUIT, Job
from pytest_fmbench.model.lease import Lease
from pytest_fmbench.platforms.ec2.sending import send_package
from pytest_fmbench.platforms.ec2.ssh import KEYS, Ssh, forget_key, host_key_in, hosts_of, key_of, make_key
from tests.support import jobs
from tests.support.ec2 import LEASE
from tests.support.jobs import Spooling
from tests.support.processes import eventually

pytestmark = pytest.mark.lasting

SSHD = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
needs_keys = pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="ssh-keygen is not here")
needs_sshd = pytest.mark.skipif(
    SSHD is None or shutil.which("ssh") is None,
    reason="there is no sshd here, or no ssh: Debian's openssh-server has it",
)


@pytest.fixture
def lease(tmp_path: Path) -> Lease:
    return replace(LEASE, place={**LEASE.place, KEYS: str(tmp_path / "keys")})


@needs_keys
def test_a_key_is_made_once_and_is_nobody_else_s_to_read(lease: Lease) -> None:
    public = make_key(lease)
    assert (public.split()[0], public.split()[2]) == ("ssh-ed25519", lease.name)
    assert make_key(lease) == public
    assert key_of(lease).stat().st_mode & 0o777 == 0o600
    assert key_of(lease).parent.stat().st_mode & 0o777 == 0o700
    Ssh(key_of(lease), hosts_of(lease), "10.0.0.7", "u").know("ssh-ed25519 AAAA")
    forget_key(lease)
    forget_key(lease)
    assert [*key_of(lease).parent.iterdir()] == []


def test_a_lease_without_a_key_has_none_to_forget(tmp_path: Path) -> None:
    forget_key(LEASE)
    full = replace(LEASE, place={KEYS: str(tmp_path / "file/keys")})
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot remove"):
        forget_key(full)
    with pytest.raises(StoreError, match="cannot make a key in"):
        make_key(full)


@pytest.mark.parametrize(
    ("console", "key"),
    [
        ("", ""),
        ("fmbench: installing Python 3.12\n", ""),
        ("[   9.1] cloud-init[1]: fmbench: host key ssh-ed25519 AAAA+/=\r\nfmbench: ready", "ssh-ed25519 AAAA+/="),
        ("fmbench: host key ssh-ed25519 AAAA", "ssh-ed25519 AAAA"),
        ("fmbench: host key ssh-rsa AAAA\n", ""),
        ("fmbench: host key ssh-ed25519 AAAA; rm -rf\n", ""),
        ("fmbench: host key ssh-ed25519 AAAA\nfmbench: host key ssh-ed25519 BBBB\n", "ssh-ed25519 BBBB"),
    ],
)
def test_a_host_key_is_what_the_console_says_last_and_nothing_else(console: str, key: str) -> None:
    assert host_key_in(console) == key


def test_nobody_s_settings_and_nobody_else_s_host_are_taken(tmp_path: Path) -> None:
    line = Ssh(tmp_path / "k", tmp_path / "a b" / "h", "10.0.0.7", "ec2-user").line("env", "A=b c", "python")
    assert line[:5] == ("ssh", "-F", "none", "-i", str(tmp_path / "k"))
    assert line[-2:] == ("ec2-user@10.0.0.7", "env 'A=b c' python")
    given = {word for option, word in pairwise(line) if option == "-o"}
    assert {"StrictHostKeyChecking=yes", "BatchMode=yes", "IdentitiesOnly=yes"} <= given
    assert f'UserKnownHostsFile="{tmp_path}/a b/h"' in given


@pytest.fixture
def served(tmp_path: Path, lease: Lease) -> Iterator[tuple[Ssh, str]]:
    """A way to an sshd that lets only the lease's key in, and its host key."""
    assert SSHD is not None
    host, authorized = tmp_path / "host", tmp_path / "authorized"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(host)], check=True)
    authorized.write_text(f"restrict {make_key(lease)}\n")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = tmp_path / "sshd_config"
    settings.write_text(
        f"ListenAddress 127.0.0.1:{port}\nHostKey {host}\nAuthorizedKeysFile {authorized}\nStrictModes no\nUsePAM no\n"
        f"PasswordAuthentication no\nPidFile {tmp_path}/pid\n"
    )
    Path("/run/sshd").mkdir(exist_ok=True)  # which it wants to be there, where it runs as root
    process = subprocess.Popen([SSHD, "-D", "-e", "-f", str(settings)], stderr=subprocess.DEVNULL)
    try:
        assert eventually(lambda: _listens(port))
        public = " ".join(host.with_name("host.pub").read_text().split()[:2])
        yield Ssh(key_of(lease), hosts_of(lease), "127.0.0.1", getpass.getuser(), port), public
    finally:
        process.terminate()
        process.wait()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@needs_sshd
def test_what_is_sent_arrives_and_a_command_s_words_stay_words(served: tuple[Ssh, str], tmp_path: Path) -> None:
    ssh, key = served
    ssh.know(key)
    ssh.send(b"some bytes", "dd", f"of={tmp_path}/with a blank", patience_s=30)
    assert (tmp_path / "with a blank").read_bytes() == b"some bytes"
    done = subprocess.run([*ssh.line("printf", "%s."), "a", "b"], capture_output=True, text=True, check=True)
    assert done.stdout == "a.b."
    with pytest.raises(CloudFault, match=r"^false on 127\.0\.0\.1 ended with status 1"):
        ssh.send(b"", "false", patience_s=30)
    with pytest.raises(CloudFault, match=r"^sleep on 127\.0\.0\.1 has not ended after 0\.5 s"):
        ssh.send(b"", "sleep", "3", patience_s=0.5)


@needs_sshd
def test_a_host_of_another_key_is_not_spoken_to(served: tuple[Ssh, str]) -> None:
    ssh, key = served
    ssh.know(key[:-6] + ("AAAAAA" if not key.endswith("AAAAAA") else "BBBBBB"))
    with pytest.raises(CloudFault, match="Host key verification failed"):
        ssh.send(b"", "true", patience_s=30)


@needs_sshd
def test_what_is_sent_generates_load_there(
    served: tuple[Ssh, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package, spool, (ssh, key) = tmp_path / "package", tmp_path / "spool", served
    package.mkdir()
    spool.touch()
    monkeypatch.setattr("pytest_fmbench.platforms.ec2.sending.SENT", package)
    monkeypatch.setattr("pytest_fmbench.platforms.ec2.sending.PYTHON", Path(sys.executable))
    ssh.know(key)
    with Elsewhere(send_package(ssh)).start([Job(jobs.spool, Spooling(spool, (b"a", b"b")), spools=True)]) as crew:
        for nth, message in crew.heard():
            if message.get("event") == "ready":
                crew.say(nth, {"event": QUIT})
    assert spool.read_bytes() == b"ab"
    assert (package / "pytest_fmbench/load/errand.py").exists()
