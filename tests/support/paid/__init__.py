"""A cloud of toys: what it makes are files in a folder, with processes as servers that outlive whoever made them.

It costs as much as it says, ends by itself at its expiry, and drives the whole life of what is paid without AWS.
"""

from __future__ import annotations

from pytest_fmbench import catalog
from pytest_fmbench.model.registry import Registry


def install() -> None:
    """Have this process know the toys beside the local platform and running endpoints."""
    platforms = {
        "local": "pytest_fmbench.platforms.local:Local",
        "url": "pytest_fmbench.platforms.url:Url",
        "paid": "tests.support.paid.platform:Toy",
        "tokens": "tests.support.paid.tokens:ByToken",
    }
    catalog.PLATFORMS = Registry("platform", platforms)
    catalog.STACKS = Registry("stack", {"fake": "tests.support.servers:FakeStack"})
