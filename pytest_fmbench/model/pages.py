"""Addresses of pages that are asked for metrics."""

from __future__ import annotations

import re

from pytest_fmbench.errors import UsageError

_PAGE = re.compile(r"https?://[^/?#\s]+(/[^?#\s]*)?")


def see_that_it_is_a_page(what: str, url: str, such_as: str) -> None:
    """See that ``url`` is the address of a page, and can be recorded.

    :param what: names it, as ``--fmbench-dcgm-url``; ``such_as`` is an example of one.
    :raises UsageError: when it is not, or holds a password.
    """
    if "@" in url:
        raise UsageError(f"{what} holds a password, which would be recorded: name a page that takes none")
    if not _PAGE.fullmatch(url):
        raise UsageError(f"{what} {url!r}: give an http or https URL, such as {such_as}")
