"""Which cases may run beside each other under xdist: those of one deployment go to one worker.

The controller knows node ids only, so the deployment's id is cut out of the brackets, where it stands first and holds
no hyphen in its last two parts (see :attr:`pytest_fmbench.model.deployment.Deployment.id`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pytest

_DEPLOYMENT = re.compile(r"\[([A-Za-z0-9_.,=-]+\+[A-Za-z0-9_.,=]+\+([A-Za-z0-9_.,=]+))[\]-]")


def scope_of(nodeid: str) -> str:
    """What a case shares: its deployment, this machine for all that run on it, or nothing."""
    found = _DEPLOYMENT.search(nodeid)
    if not found:
        return nodeid
    return "local" if found[2] == "local" else found[1]


def make_scheduler(config: pytest.Config, log: Any) -> Any:  # noqa: ANN401  # xdist's, which may be absent
    """A scheduler that keeps a scope on one worker, for ``-n`` without another wish; None leaves it to xdist."""
    if config.getoption("dist") != "load":
        return None
    from xdist.scheduler import LoadScopeScheduling

    class ByDeployment(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
        def _split_scope(self, nodeid: str) -> str:
            return scope_of(nodeid)

    return ByDeployment(config, log)
