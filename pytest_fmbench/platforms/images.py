"""Container images: had before a server is started, and known by what they hold instead of by a tag."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

from pytest_fmbench.errors import LaunchError
from pytest_fmbench.model.conditions import UNKNOWN
from pytest_fmbench.platforms.base import Progress
from pytest_fmbench.platforms.supervised import Supervised

_REGISTRY = re.compile(r"^(localhost|[^/@]*[.:][^/@]*)/")


def at_hand(runtime: str, image: str, log: Path, progress: Progress) -> str:
    """Pull ``image`` unless it is here already; returns its digest.

    :param log: for what the pull writes.
    :raises LaunchError: when it cannot be pulled; with its last lines.
    """
    told = _inspected(runtime, image)
    if told is None:
        progress(f"pulling {image}")
        pull = Supervised(f"{runtime} pull", (runtime, "pull", image), log, environment={})
        try:
            status = pull.wait()
        finally:
            pull.stop()
        told = None if status else _inspected(runtime, image)
        if told is None:
            raise LaunchError(f"{runtime} could not pull {image}: it ended with status {status}", pull.log_tail())
    return digest_in(told)


def named_for(runtime: str, image: str) -> str:
    """``image`` as ``runtime`` finds it: podman takes none for granted to be of Docker Hub, and would ask."""
    if runtime != "podman" or _REGISTRY.match(image):
        return image
    return f"docker.io/{image}" if "/" in image else f"docker.io/library/{image}"


def digest_in(told: str) -> str:
    """What ``image inspect`` says that an image is: ``name@sha256:...``; its id where no registry knows it.

    Without the registry, which may be a host of the user's.
    """
    try:
        entry = json.loads(told)[0]
        return unhosted(str((entry.get("RepoDigests") or [entry["Id"]])[0]))
    except (ValueError, LookupError, TypeError, AttributeError):
        return UNKNOWN  # another runtime's form; a name is no reason not to serve


def unhosted(name: str) -> str:
    """``name`` of an image without its registry."""
    return _REGISTRY.sub("", name)


def _inspected(runtime: str, image: str) -> str | None:
    done = subprocess.run((runtime, "image", "inspect", image), capture_output=True, text=True, check=False)
    return done.stdout if done.returncode == 0 else None
