"""What an instance writes to its console: what user data says of itself, and what the system does.

EC2 keeps the last 64 KiB, also for an hour after the instance has ended.
Source: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_GetConsoleOutput.html.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from pytest_fmbench.errors import CloudFault
from pytest_fmbench.model.conditions import UNKNOWN
from pytest_fmbench.platforms.base import Progress
from pytest_fmbench.platforms.ec2.account import Account
from pytest_fmbench.platforms.images import unhosted

_MARK = "fmbench: "
_READY, _FAILED = f"{_MARK}ready", f"{_MARK}failed: "
_IMAGE = re.compile(rf"{_MARK}image (\S+)")
_LINES = 50


class Console:
    """That of one instance."""

    def __init__(self, account: Account, identity: str, progress: Progress) -> None:
        self.account, self.identity, self._progress = account, identity, progress
        self._text, self._told, self._silent = "", 0, False

    def look(self) -> str:
        """All that there is of it; what was there at the last look where it cannot be had, which is told once."""
        try:
            answer = self.account.ask("ec2", "get_console_output", InstanceId=self.identity, Latest=True)
        except CloudFault as error:
            if not self._silent:
                self._progress(f"the console of {self.identity} cannot be read: {error}")
            self._silent = True
        else:
            self._text = str(answer.get("Output") or "") or self._text
        return self._text

    def tell(self) -> None:
        """Tell what user data has said since this was last told."""
        said = [line.partition(_MARK)[2] for line in self.look().splitlines() if _MARK in line]
        for line in said[self._told :]:
            self._progress(f"{self.identity}: {line}")
        self._told = len(said)

    def tail(self) -> list[str]:
        """Its last 50 lines."""
        return self.look().splitlines()[-_LINES:]

    def image(self) -> str:
        """What the server's image holds, ``name@sha256:...``; unknown where it does not say it (any more)."""
        found = _IMAGE.findall(self.look())
        return unhosted(found[-1]) if found else UNKNOWN

    def failed(self) -> str:
        """What kept user data from going on, as it was last looked at; empty where nothing did."""
        said = [line.partition(_FAILED)[2] for line in self._text.splitlines() if _FAILED in line]
        return said[-1].strip() if said else ""

    def says_ready(self) -> bool:
        """Whether its server was ready once."""
        return any(line.strip().endswith(_READY) for line in self.look().splitlines())


def tails(consoles: Sequence[Console]) -> list[str]:
    """The last lines of each; of several, each line with its instance."""
    if len(consoles) == 1:
        return consoles[0].tail()
    return [f"{console.identity}: {line}" for console in consoles for line in console.tail()]
