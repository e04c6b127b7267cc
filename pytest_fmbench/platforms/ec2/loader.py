"""The instance beside servers that generates load: what it does once it has booted. Pure.

It is Amazon Linux 2023 with a Python of this one's version, in which all that our package takes is installed, each of
the version that is here. Our own package is sent by whoever comes to use it: see :mod:`.sending`.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, requires, version
from shlex import join, quote

from pytest_fmbench.model.lease import Lease
from pytest_fmbench.platforms.ec2.hardware import Image
from pytest_fmbench.platforms.ec2.script import LOAD
from pytest_fmbench.platforms.ec2.settings import ON_DEMAND, Wanted
from pytest_fmbench.platforms.ec2.task import HOME
from pytest_fmbench.platforms.ec2.userdata import filled_in, head

USER = "ec2-user"
"""Of Amazon's images: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/managing-users.html."""
PYTHON, SENT = HOME / "python/bin/python", HOME / "package"
"""The Python there, and the folder for our package."""

DISK_GB = 20
"""Of its disk."""

_OURS, _SIGNS = "pytest-fmbench", "botocore"


@dataclass(frozen=True)
class Loader:
    """An instance that generates load, before it is launched.

    :param key: public key of who may enter it.
    """

    wanted: Wanted
    image: Image
    key: str


def as_wanted(wanted: Wanted) -> Wanted:
    """The instance beside what ``wanted`` describes; always on demand, and without what servers need."""
    return replace(
        wanted,
        kind=wanted.load,
        market=ON_DEMAND,
        reservation="",
        ami="",
        disk_gb=DISK_GB,
        role="",
        hosts=1,
        cluster=False,
        efa=0,
    )


def load_script(lease: Lease, key: str, *, signs: bool = False) -> str:
    """Its user data. A public key is no secret.

    :param signs: its requests are signed, with what its own role lets it.
    """
    places = {
        "VERSION": "{}.{}".format(*sys.version_info),
        "PACKAGES": join(packages(signs=signs)),
        "AUTHORIZED": quote(f"restrict {key.strip()}"),
        "USER": USER,
        "SENT": str(SENT),
    }
    return head(lease) + filled_in(LOAD, places)


def packages(*, signs: bool = False) -> list[str]:
    """What our package takes, as pip wants it: each of the version that is here, as both sides must agree.

    :param signs: and what signs requests.
    """
    found = (re.match(r"[\w.-]+", one) for one in requires(_OURS) or () if "extra ==" not in one)
    names = [*(one[0] for one in found if one), *([_SIGNS] if signs else [])]
    return sorted(f"{name}=={there}" for name in names if (there := _version(name)))


def _version(name: str) -> str:
    """Of a package; empty where it is not here, as it is not meant for this Python."""
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
