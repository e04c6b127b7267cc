"""What an instance is to do, before it is written as user data. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from pytest_fmbench.model.launch import Container, LaunchPlan
from pytest_fmbench.platforms.containers import Lent, inside
from pytest_fmbench.platforms.inventory import NONE, Accelerators

PORT = 8000
"""At which the server, or what shares requests out among its replicas, is asked."""
HOME = Path("/opt/fmbench")
"""Of ours, on an instance."""


@dataclass(frozen=True)
class Task:
    """What an instance is to do.

    :param region: where it is.
    :param shares: devices of each of its replicas.
    :param address: of the host, at which the port is seen: ``0.0.0.0``, or the loopback one where it is forwarded.
    :param token_parameter: where it finds the token for Hugging Face; empty is nowhere.
    :param weights: what ``{weights}`` stands for: a path there, or a URL that it fetches; empty where it occurs not.
    :param beside: host and port of replicas on other instances, which it shares requests out to as well.
    :param behind: another instance shares requests out to its replicas.
    """

    plan: LaunchPlan
    container: Container
    region: str
    shares: Sequence[Accelerators]
    address: str
    token_parameter: str = ""
    weights: str = ""
    beside: Sequence[str] = ()
    behind: bool = False

    @property
    def balances(self) -> bool:
        """It shares requests out among several replicas."""
        return not self.behind and len(self.shares) + len(self.beside) > 1

    @property
    def ports(self) -> list[int]:
        """Of its replicas; one that is alone has that at which it is asked."""
        return ports_of(len(self.shares)) if self.balances or self.behind else [PORT]

    def lent(self, nth: int) -> Lent:
        """What its replica number ``nth``, from 0, gets."""
        address = "127.0.0.1" if self.balances else self.address
        return lent(self.plan, self.weights, self.ports[nth], self.shares[nth], address)


def ports_of(replicas: int) -> list[int]:
    """Of replicas that something shares requests out among."""
    return [PORT + nth for nth in range(1, replicas + 1)]


def lent(
    plan: LaunchPlan, weights: str, port: int = PORT, share: Accelerators = NONE, address: str = "127.0.0.1"
) -> Lent:
    """What an instance lends to a container of ``plan``. Paths from the root are its own; all else is no path of its.

    :param weights: as of :class:`Task`.
    """
    there = weights_there(weights)
    model, *paths = (path if path.startswith("/") else "" for path in (plan.model, *plan.paths))
    return Lent(
        port,
        share,
        weights=Path(there) if there else None,
        model=model,
        paths=tuple(filter(None, paths)),
        files=HOME / "files" if plan.files else None,
        cache=HOME / "cache",
        address=address,
    )


def weights_there(weights: str) -> str:
    """Where the instance has what ``weights`` names; empty where that is nothing."""
    if not weights or weights.startswith("/"):
        return weights
    return str(HOME / "weights" / PurePosixPath(weights.rstrip("/")).name)


def served_model(plan: LaunchPlan, weights: str) -> str:
    """The name under which its server answers, which sees its weights where the container does."""
    if plan.container is None:  # which no instance runs
        return plan.served_model
    return inside([plan.served_model], plan.container, lent(plan, weights))[0]
