"""Stand-ins for a container runtime and a load balancer, none of which can be taken for granted where tests run.

What the runtime runs are processes of this machine: a published port becomes the process's own, mounted folders are
where they are. As with the real ones, a container lives on when its client is killed.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.processes import alive

_RUNTIME = """#!{python} -S
import json, os, signal, subprocess, sys
from pathlib import Path

HOME = Path({home!r})


def main(words):
    with (HOME / "asked").open("a") as asked:
        asked.write(json.dumps(words) + "\\n")
    if words[0] == "ps":
        return told("Cannot connect to the daemon. Is it running?") if (HOME / "deaf").exists() else 0
    if words[0] == "pull":
        if (HOME / "offline").exists():
            return told("no route to the registry")
        place("images", words[1]).touch()
        return 0
    if words[:2] == ["image", "inspect"]:
        digest = words[2].rpartition(":")[0] + "@sha256:" + "0" * 64
        print(json.dumps([{{"Id": "sha256:1", "RepoDigests": [digest]}}]))
        return 0 if place("images", words[2]).exists() else told("no such image")
    return {{"run": run, "rm": remove}}[words[0]](words[1:])


def run(words):
    at = next(nth for nth, word in enumerate(words) if not word.startswith("--"))
    options, image, command = words[:at], words[at], words[at + 1:]
    if not place("images", image).exists():
        return told("no such image, and --pull=never")
    name, entry = one(options, "name"), one(options, "entrypoint")
    if (HOME / "serves").exists():
        command = json.loads((HOME / "serves").read_text())
    elif entry:
        command = [entry, *command]
    published = [word.partition("=")[2].split(":") for word in options if word.startswith("--publish=")]
    swaps = [(inside, host) for _, host, inside in published]
    swaps += [(part["target"], part["source"]) for part in mounts(options)]
    for old, new in swaps:
        command = [new + word[len(old):] if word == old or word.startswith(old + "/") else word for word in command]
    variables = [word.partition("=")[2] for word in options if word.startswith("--env=")]
    theirs = dict(text.split("=", 1) if "=" in text else (text, os.environ[text]) for text in variables)
    made = subprocess.Popen(command, env={{"PATH": os.environ["PATH"], **theirs}}, start_new_session=True)
    place("containers", name).write_text(str(made.pid))
    signal.signal(signal.SIGTERM, lambda number, _: made.send_signal(number))
    status = made.wait()
    place("containers", name).unlink(missing_ok=True)
    return 128 - status if status < 0 else status


def mounts(options):
    for word in options:
        if word.startswith("--mount="):
            yield dict(part.split("=", 1) for part in word.partition("=")[2].split(",") if "=" in part)


def remove(words):
    kept = place("containers", words[-1])
    if not kept.exists():
        return told("Error response from daemon: No such container: " + words[-1])
    pid = int(kept.read_text())
    kept.unlink()
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    return 0


def one(options, name):
    return next((word.partition("=")[2] for word in options if word.startswith("--" + name + "=")), "")


def place(kind, name):
    return HOME / kind / name.replace("/", "_")


def told(problem):
    print(problem, file=sys.stderr)
    return 1


sys.exit(main(sys.argv[1:]))
"""

_BALANCER = """#!{python} -S
import http.client, http.server, itertools, re, sys

if sys.argv[1:] == ["-v"]:
    sys.exit(print("nginx version: nginx/0.0.1", file=sys.stderr))
written = open(sys.argv[sys.argv.index("-c") + 1]).read()
replicas = itertools.cycle(map(int, re.findall(r"server 127.0.0.1:(\\d+)", written)))


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        there = http.client.HTTPConnection("127.0.0.1", next(replicas))
        there.request("GET", self.path)
        reply = there.getresponse()
        self.send_response(reply.status)
        self.end_headers()
        self.wfile.write(reply.read())


port = int(re.search(r"listen 127.0.0.1:(\\d+)", written)[1])
http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()
"""


@dataclass(frozen=True)
class FakeRuntime:
    """A runtime that lies in a folder of its own.

    :ivar home: what it knows.
    """

    home: Path

    def asked(self, verb: str) -> list[list[str]]:
        """The command lines that began with ``verb``, in order, without it."""
        lines = (self.home / "asked").read_text().splitlines() if (self.home / "asked").exists() else []
        return [words[1:] for words in map(json.loads, lines) if words[0] == verb]

    def becomes(self, flaw: str) -> None:
        """``deaf`` or ``offline``."""
        (self.home / flaw).touch()

    def has(self, image: str) -> None:
        """It need not pull that one."""
        (self.home / "images" / image.replace("/", "_")).touch()

    def serves(self, command: Sequence[str]) -> None:
        """Whatever image it is told to run, it runs this."""
        (self.home / "serves").write_text(json.dumps([*command]))

    def pids(self) -> list[int]:
        """Of the containers that run."""
        found = [int(path.read_text() or 0) for path in (self.home / "containers").iterdir()]
        return [pid for pid in found if pid and alive(pid)]


def fake_runtime(folder: Path, monkeypatch: pytest.MonkeyPatch, name: str = "docker") -> FakeRuntime:
    """Put one on the path, in front of any that is really there; the others are hidden."""
    home = folder / "runtime"
    for inner in ("images", "containers"):
        (home / inner).mkdir(parents=True)
    programs = folder / "programs"
    _program(programs / name, _RUNTIME.format(python=sys.executable, home=str(home)))
    hide_runtimes(monkeypatch, programs)
    return FakeRuntime(home)


def hide_runtimes(monkeypatch: pytest.MonkeyPatch, *programs: Path) -> None:
    """Nothing is on the path but what lies in ``programs``."""
    monkeypatch.setenv("PATH", ":".join(map(str, programs)))


def fake_balancer(folder: Path) -> Path:
    """A folder with an ``nginx`` that gives each request to the next replica."""
    _program(folder / "nginx", _BALANCER.format(python=sys.executable))
    return folder


def _program(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
