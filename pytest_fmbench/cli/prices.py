"""``fmbench prices``: what instances and tokens cost, who says so, and when."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_fmbench.cli.base import Command
from pytest_fmbench.errors import NotAllowed, UsageError
from pytest_fmbench.model.columns import aligned

if TYPE_CHECKING:
    from pytest_fmbench.model.price import Price, TokenPrice
    from pytest_fmbench.spend.prices.instances import InstancePrices

_HEADINGS = ("instance", "market", "USD an hour", "says")
_UPDATE = "update"


def _arguments(parser: ArgumentParser) -> None:
    told = (
        "tell of this one only, as g6e.2xlarge, or of a family, as g6e; tokens of a model; `update` asks AWS for those "
        "of --region, as --refresh does"
    )
    parser.add_argument("name", metavar="INSTANCE|FAMILY|MODEL|update", nargs="?", help=told)
    parser.add_argument("--region", metavar="REGION", default="us-east-1", help="where instances are (us-east-1)")
    parser.add_argument("--prices", metavar="FILE", help="a table of your own, as --fmbench-prices takes it")
    parser.add_argument("--refresh", metavar="REGION", help="ask AWS for today's prices there, and keep them")


def _run(arguments: Namespace) -> int:
    from pytest_fmbench.spend.prices.instances import InstancePrices, prices_folder

    if arguments.name == _UPDATE:
        arguments.name, arguments.refresh = None, arguments.refresh or arguments.region
    if arguments.refresh:
        print(_refreshed(arguments.refresh, prices_folder()))
        if arguments.name is None:
            return 0
    file = Path(arguments.prices) if arguments.prices else None
    known = InstancePrices({}, file, prices_folder())
    region = arguments.refresh or arguments.region
    lines = _of(arguments.name, region, known, file) if arguments.name else _all(region, known)
    print("\n".join(lines))
    return 0


def _refreshed(region: str, folder: Path) -> str:
    from pytest_fmbench.platforms.aws.calls import call
    from pytest_fmbench.platforms.aws.clients import client
    from pytest_fmbench.spend.prices.instances import refreshed_path
    from pytest_fmbench.spend.prices.refresh import refresh
    from pytest_fmbench.spend.prices.table import ON_DEMAND, PLANS, SPOT

    def ask(service: str, where: str, operation: str, /, **request: Any) -> Mapping[str, Any]:  # noqa: ANN401  # each operation's own
        return call(client(service, where), operation, **request)

    table = refresh(region, ask, folder)
    ec2, sagemaker = table.ec2[region], table.sagemaker[region]
    reserved = {name for market in PLANS for name in ec2.get(market, {})}
    return (
        f"{region}, {table.date}: {len(ec2[ON_DEMAND])} types of EC2, {len(ec2[SPOT])} of them as spot instances, "
        f"{len(reserved)} reserved for years, "
        f"{len(sagemaker[ON_DEMAND])} of SageMaker: {refreshed_path(folder, region)}"
    )


def _of(name: str, region: str, known: InstancePrices, file: Path | None) -> Iterator[str]:
    from pytest_fmbench.spend.prices.instances import unknown
    from pytest_fmbench.spend.prices.tokens import TokenPrices

    family = [one for one in known.names(region) if one.rpartition(".")[0] == name]
    if found := _priced([*family, name], region, known):
        yield from _told(found)
        return
    try:
        tokens = TokenPrices(file).token_price(name)
    except NotAllowed as error:
        raise UsageError(f"{unknown(name, region)}; whether it is a model is not known: {error}") from None
    if tokens is None:
        raise UsageError(f"{unknown(name, region)}; nor is a model of Bedrock known by that name")
    yield from aligned([("tokens of", "USD a million", "says"), *_token_rows(name, tokens)])


def _all(region: str, known: InstancePrices) -> Iterator[str]:
    found = _priced(known.names(region), region, known)
    if found:
        yield from _told(found)
    else:
        yield f"no price is known in {region}; fmbench prices --refresh {region} asks AWS"


_Priced = tuple[str, str, "Price"]
"""An instance, its market, and its price there."""


def _priced(names: Iterable[str], region: str, known: InstancePrices) -> list[_Priced]:
    """Those that have one: of SageMaker last, a family together, the cheapest of it first."""
    from pytest_fmbench.spend.prices.table import MARKETS

    each: list[list[_Priced]] = []
    for name in names:
        platform = "sagemaker" if name.startswith("ml.") else "ec2"
        prices = ((market, known.price_of(platform, name, region, market)) for market in MARKETS)
        each.append([(name, market, price) for market, price in prices if price is not None])
    return [one for found in sorted(filter(None, each), key=_place) for one in found]


def _place(found: Sequence[_Priced]) -> tuple[bool, str, float, str]:
    name, _, price = found[0]
    return name.startswith("ml."), name.rpartition(".")[0], price.usd_per_hour, name


def _told(found: Sequence[_Priced]) -> Iterator[str]:
    from pytest_fmbench.spend.prices.age import old

    rows = [(name, market, f"{price.usd_per_hour:g}", _says(price)) for name, market, price in found]
    yield from aligned([_HEADINGS, *rows])
    yield from (f"warning: {one}" for one in old(price for _, _, price in found))


def _token_rows(name: str, price: TokenPrice) -> Iterator[Sequence[str]]:
    for what, usd in (
        ("input", price.input_usd),
        ("output", price.output_usd),
        ("input read from a cache", price.cache_read_usd),
        ("input written to a cache", price.cache_write_usd),
    ):
        yield f"{name}, {what}", f"{usd * 1e6:g}", _says(price)


def _says(price: Price | TokenPrice) -> str:
    return ", ".join(filter(None, (price.source, price.date)))


COMMAND = Command("prices", "tell what instances and tokens cost, who says so, and when", _arguments, _run)
