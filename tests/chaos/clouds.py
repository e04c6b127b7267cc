"""One cloud after another, each with nothing in it, outside of pytest's fixtures."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

from pytest_fmbench.platforms.aws.clients import client
from tests.chaos.lives import LOAD_ROLE
from tests.support.aws.cloud import Cloud
from tests.support.aws.fixture import loader
from tests.support.aws.serving import standing
from tests.support.fake_ssh import make_ssh


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
        made = Cloud(server)
        made.instance_profile(LOAD_ROLE)
        return made

    with (
        tempfile.TemporaryDirectory() as folder,
        mock.patch.dict(os.environ, Cloud(server).environment),
        mock.patch("botocore.session.create_loader", loader),
        mock.patch.dict(os.environ, PATH=f"{make_ssh(Path(folder))}:{os.environ['PATH']}"),
    ):
        os.environ.pop("AWS_PROFILE", None)
        yield new
        see_that_all_was_right()
        client.cache_clear()
