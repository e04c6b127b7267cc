"""The ways by which a server on an instance is asked: straight, or by a port that a session forwards.

``session-manager-plugin`` is AWS's program for sessions. It is started as AWS's command line does it, with the answer
of StartSession, which holds a token, in its environment:
https://github.com/aws/session-manager-plugin/blob/mainline/README.md and ``awscli/customizations/sessionmanager.py`` of
https://github.com/aws/aws-cli.
"""

from __future__ import annotations

import json
import shutil
import socket
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

from pytest_fmbench.errors import CloudFault, CredentialsFault, NotAllowed
from pytest_fmbench.platforms.ec2.account import Account
from pytest_fmbench.platforms.local_server import HOST
from pytest_fmbench.platforms.supervised import Supervised

PLUGIN = "session-manager-plugin"
_DOCUMENT = "AWS-StartPortForwardingSession"
_ANSWER = "AWS_SSM_START_SESSION_RESPONSE"


class Way(Protocol):
    """How a server is asked."""

    def at(self) -> tuple[str, int] | None:
        """Host and port; None while there is no way yet."""
        ...

    def failure(self) -> str | None:
        """Why it leads nowhere any more; None while it does."""
        ...

    def close(self) -> None:
        """End it. May be called twice."""
        ...


class Straight:
    """To the instance's own address."""

    def __init__(self, host: str, port: int) -> None:
        self._at = host, port

    def at(self) -> tuple[str, int]:
        """Where that is."""
        return self._at

    def failure(self) -> None:
        """It does not break by itself."""

    def close(self) -> None:
        """There is nothing to end."""


class Forwarded:
    """Through a session of Systems Manager, which lets nobody in: the instance itself has called out.

    :param log: for what the plugin writes.
    """

    def __init__(self, account: Account, identity: str, port: int, log: Path) -> None:
        self._account, self._identity, self._port, self._log = account, identity, port, log
        self._plugin: Supervised | None = None
        self._session, self._local = "", 0

    def at(self) -> tuple[str, int] | None:
        """The local port; None until the instance's agent has called."""
        if self._plugin is None or self._plugin.failure():
            self.close()
            try:
                self._open()
            except CredentialsFault:
                raise
            except CloudFault:
                return None  # TargetNotConnected: its agent starts with the system
        return HOST, self._local

    def failure(self) -> str | None:
        """How the plugin ended."""
        return self._plugin.failure() if self._plugin else None

    def close(self) -> None:
        """End the plugin and the session."""
        if self._plugin:
            self._plugin.stop()
            self._plugin = None
        if self._session:
            with suppress(CloudFault):  # one without its plugin ends by itself
                self._account.ask("ssm", "terminate_session", SessionId=self._session)
            self._session = ""

    def _open(self) -> None:
        with socket.socket() as probe:
            probe.bind((HOST, 0))
            self._local = int(probe.getsockname()[1])
        request = forwarding(self._identity, self._port, self._local)
        answer = self._account.ask("ssm", "start_session", **request)
        self._session = str(answer["SessionId"])
        kept = {name: answer[name] for name in ("SessionId", "TokenValue", "StreamUrl")}
        line = plugin_line(self._account.region, self._account.profile, request)
        self._plugin = Supervised(PLUGIN, line, self._log, environment={_ANSWER: json.dumps(kept)})


def forwarding(identity: str, port: int, local: int) -> dict[str, Any]:
    """What StartSession is asked for."""
    return {
        "Target": identity,
        "DocumentName": _DOCUMENT,
        "Parameters": {"portNumber": [str(port)], "localPortNumber": [str(local)]},
    }


def plugin_line(region: str, profile: str, request: dict[str, Any]) -> list[str]:
    """The plugin's command line, which everybody can see: the token is not on it."""
    endpoint = f"https://ssm.{region}.amazonaws.com"
    return [PLUGIN, _ANSWER, region, "StartSession", profile, json.dumps(request), endpoint]


def see_that_sessions_can_be() -> None:
    """See that the plugin is here.

    :raises NotAllowed: where it is not.
    """
    if shutil.which(PLUGIN) is None:
        raise NotAllowed(
            f"access=ssm needs AWS's {PLUGIN} on the path: https://docs.aws.amazon.com/systems-manager/latest/userguide/"
            "session-manager-working-with-install-plugin.html; or give access=direct"
        )
