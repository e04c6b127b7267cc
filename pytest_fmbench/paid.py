"""A session's dealings with money, put together from its options: what it holds, and what it may spend."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, cast

from pytest_fmbench.items import deployment_of
from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.progress import observer_of
from pytest_fmbench.stash import FOLDER, SETTINGS

if TYPE_CHECKING:
    import pytest

    from pytest_fmbench.platforms.base import Leasing, Progress, Surroundings
    from pytest_fmbench.runs.tariffs import Tariffs
    from pytest_fmbench.runs.tenancy.book import PaidBook
    from pytest_fmbench.runs.tenancy.tenancy import Tenancy
    from pytest_fmbench.spend.leases import Leases
    from pytest_fmbench.spend.ledger import Ledger


def leases_of(config: pytest.Config) -> Leases:
    """The lease files, as the session sees them; nothing is read or written yet."""
    from pytest_fmbench.runs.tenancy.who import owner
    from pytest_fmbench.spend.leases import Leases, leases_folder

    return Leases(leases_folder(), config.stash[FOLDER].name, owner(), config.stash[SETTINGS].lease_s)


def ledger_of(config: pytest.Config) -> Ledger:
    """What the session may spend."""
    from pytest_fmbench.spend.ledger import Ledger, ledgers_folder

    return Ledger(ledgers_folder(), config.stash[FOLDER].name, config.stash[SETTINGS].budget_usd)


def book_of(config: pytest.Config, items: Iterable[pytest.Item] = ()) -> PaidBook:
    """The book that platforms write into.

    :param items: the session's cases, which say how long each deployment is needed.
    """
    from pytest_fmbench.runs.tenancy.book import PaidBook
    from pytest_fmbench.runs.tenancy.estimate import expected_usd

    cases = Counter(map(deployment_of, items))

    def expected(deployment: Deployment, usd_per_hour: float) -> float:
        return expected_usd(usd_per_hour, cases[deployment], config.stash[SETTINGS].duration_s)

    return PaidBook(leases_of(config), ledger_of(config), expected)


def tenancy_of(config: pytest.Config, book: PaidBook) -> Tenancy:
    """How this process of the session comes to servers that are paid."""
    from pytest_fmbench.runs.tenancy.tenancy import Tenancy
    from pytest_fmbench.runs.tenancy.uses import Uses
    from pytest_fmbench.runs.tenancy.who import owner
    from pytest_fmbench.store.base import state_root

    settings = config.stash[SETTINGS]
    return Tenancy(
        leases_of(config),
        book,
        Uses(state_root() / "uses"),
        config.stash[FOLDER].name,
        owner(),
        settings.lease_s,
        settings.keep,
        observer_of(config).say,
    )


def surroundings_of(config: pytest.Config, book: PaidBook) -> Surroundings:
    """What the session's platforms are made with."""
    from pytest_fmbench.platforms.base import Surroundings
    from pytest_fmbench.spend.prices.instances import InstancePrices, prices_folder
    from pytest_fmbench.spend.prices.tokens import TokenPrices
    from pytest_fmbench.store.base import state_root
    from pytest_fmbench.weights.cache import cache_root
    from pytest_fmbench.weights.fetch import locate

    def find(model: str, quantization: str | None, progress: Progress) -> Path:
        return locate(model, quantization, progress=progress)

    settings = config.stash[SETTINGS]
    prices = InstancePrices(settings.prices, settings.prices_file, prices_folder())
    return Surroundings(
        find,
        settings.target,
        settings.headers,
        settings.ca_bundle,
        settings.proxy,
        settings.http2,
        settings.fresh_connections,
        cache_root(),
        token_price=TokenPrices(settings.prices_file).token_price,
        book=book,
        settings=settings.aws,
        keys=state_root() / "keys",
        price=prices.price_of,
    )


def tariffs_of(config: pytest.Config) -> Tariffs:
    """What the user says that his own deployments cost."""
    from pytest_fmbench.runs.tariffs import Tariffs
    from pytest_fmbench.spend.prices.table import read_table

    settings = config.stash[SETTINGS]
    if settings.prices_file is None:
        return Tariffs(settings.prices)
    return Tariffs(settings.prices, read_table(settings.prices_file).token_price)


def platform_finder(config: pytest.Config) -> Callable[[str], Leasing]:
    """Finds the platform that made a lease, by its name, to renew or release it.

    :raises UnknownName: where there is none of that name; from what is returned.
    """
    from pytest_fmbench.catalog import PLATFORMS

    surroundings = surroundings_of(config, book_of(config))
    return lambda name: cast("Leasing", PLATFORMS[name](surroundings))
