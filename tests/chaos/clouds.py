"""One cloud after another, each with nothing in it, outside of pytest's fixtures."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from unittest import mock

from pytest_fmbench.platforms.aws.clients import client
from tests.support.aws.cloud import Cloud
from tests.support.aws.serving import standing


@contextmanager
def clouds() -> Iterator[Callable[[], Cloud]]:
    """Makes them; each ends the one before.

    :raises AssertionError: when AWS would not have taken something that was asked of one.
    """
    server = standing()

    def see_that_all_was_right() -> None:
        problems = server.world.problems
        assert not problems, "\n".join(problems)

    def new() -> Cloud:
        see_that_all_was_right()
        server.reset()
        client.cache_clear()
        return Cloud(server)

    with mock.patch.dict(os.environ, Cloud(server).environment):
        os.environ.pop("AWS_PROFILE", None)
        yield new
        see_that_all_was_right()
        client.cache_clear()
