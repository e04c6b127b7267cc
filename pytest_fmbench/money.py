"""The ``--fmbench-*`` options about money: what a session may spend, and what is known of prices."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.deployment import names_a_secret
from pytest_fmbench.model.units import seconds_in

_ACCESS_KEY = re.compile(r"(AKIA|ASIA)[A-Z0-9]{16}")
_LEAST_LEASE_S, _LONGEST_LEASE_S = 300.0, 86_400.0


@dataclass(frozen=True)
class Money:
    """The options about money, checked.

    :param budget_usd: that the session may spend; None where it may spend none.
    :param keep: what is paid is left to the next session, until it expires.
    :param lease_s: how long what is paid outlives a session that renews it no more, in seconds.
    :param prices: dollars an hour of an instance by its type, which nothing replaces.
    :param prices_file: table of prices that the user wrote.
    :param aws: settings of AWS's platforms for the whole session, by name; platforms say which there are.
    """

    budget_usd: float | None = None
    keep: bool = False
    lease_s: float = 1_800.0
    prices: dict[str, float] = field(default_factory=dict)
    prices_file: Path | None = None
    aws: dict[str, str] = field(default_factory=dict)


def add_money_options(group: pytest.OptionGroup) -> None:
    """Declare them."""
    add = group.addoption
    add("--fmbench-budget", metavar="USD", help="what the session may spend on instances and tokens; else nothing")
    add("--fmbench-keep", action="store_true", help="leave what is paid for to the next session, until it expires")
    add(
        "--fmbench-lease",
        metavar="T",
        default="30min",
        help="how long what is paid outlives a session that was lost, or kept it (30min)",
    )
    add(
        "--fmbench-price",
        metavar="INSTANCE=USD",
        action="append",
        default=[],
        help="what an hour of an instance costs, such as g6e.2xlarge=1.95; nothing replaces it; repeatable",
    )
    add("--fmbench-prices", metavar="FILE.toml", help="table of prices of your own (docs/prices.md)")
    add(
        "--fmbench-aws",
        metavar="NAME=VALUE",
        action="append",
        default=[],
        help="setting of AWS's platforms for the whole session, such as regions=us-west-2; repeatable",
    )


def read_money(config: pytest.Config) -> Money:
    """The options as given.

    :raises UsageError: naming the option and what it takes.
    """
    option = config.getoption
    budget, file = option("--fmbench-budget"), option("--fmbench-prices")
    return Money(
        budget_usd=None if budget is None else _dollars("--fmbench-budget", budget, budget),
        keep=option("--fmbench-keep"),
        lease_s=_lease(option("--fmbench-lease")),
        prices=_prices(option("--fmbench-price")),
        prices_file=None if file is None else _table(Path(config.invocation_params.dir, file)),
        aws=_settings(option("--fmbench-aws")),
    )


def _dollars(option: str, given: str, text: str) -> float:
    usd = float(text) if re.fullmatch(r"\d+(\.\d+)?", text, re.ASCII) else 0.0
    if not 0.0 < usd < math.inf:
        raise UsageError(f"{option} {given!r}: give a positive number of dollars, as 25 or 0.5")
    return usd


def _lease(text: str) -> float:
    seconds = seconds_in(text)
    if seconds is None or not _LEAST_LEASE_S <= seconds <= _LONGEST_LEASE_S:
        raise UsageError(f"--fmbench-lease {text!r}: give a length of time from 5min to 1440min, as 30min")
    return seconds


def _prices(pairs: list[str]) -> dict[str, float]:
    prices: dict[str, float] = {}
    for pair in pairs:
        name, equals, text = pair.rpartition("=")
        if not equals or not re.fullmatch(r"[^\s=]+", name):
            raise UsageError(f"--fmbench-price {pair!r}: give an instance and its dollars an hour, as g6e.2xlarge=1.95")
        if name in prices:
            raise UsageError(f"--fmbench-price {name} is given twice; give it once")
        prices[name] = _dollars("--fmbench-price", pair, text)
    return prices


def _table(path: Path) -> Path:
    """``path``, once its table is seen to be one."""
    from pytest_fmbench.spend.prices.table import read_table

    read_table(path)
    return path


def _settings(pairs: list[str]) -> dict[str, str]:
    settings: dict[str, str] = {}
    for nth, pair in enumerate(pairs, 1):
        name, equals, value = pair.partition("=")
        if not equals or not value.strip() or not re.fullmatch(r"[a-z][a-z0-9_]*", name):
            raise UsageError(f"--fmbench-aws: number {nth} is no NAME=VALUE, such as regions=us-west-2,us-east-1")
        if names_a_secret(name) or _ACCESS_KEY.search(value):
            raise UsageError(
                f"--fmbench-aws {name} holds a secret, and options are recorded: credentials are AWS's own settings', "
                "as AWS_PROFILE names them"
            )
        if name in settings:
            raise UsageError(f"--fmbench-aws {name} is given twice; commas join several values")
        settings[name] = value.strip()
    return settings
