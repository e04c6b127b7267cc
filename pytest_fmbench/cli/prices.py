"""``fmbench prices``: what instances and tokens cost, who says so, and when."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_fmbench.cli.base import Command
from pytest_fmbench.errors import UsageError

if TYPE_CHECKING:
    from pytest_fmbench.model.price import Price, TokenPrice
    from pytest_fmbench.spend.prices.instances import InstancePrices

_HEADINGS = ("instance", "market", "USD an hour", "says")
_UPDATE = "update"


def _arguments(parser: ArgumentParser) -> None:
    told = "tell of this one only; tokens of a model; `update` asks AWS for those of --region, as --refresh does"
    parser.add_argument("name", metavar="INSTANCE|MODEL|update", nargs="?", help=told)
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


def _of(name: str, region: str, known: InstancePrices, file: Path | None) -> Sequence[str]:
    from pytest_fmbench.spend.prices.instances import unknown
    from pytest_fmbench.spend.prices.tokens import TokenPrices

    rows = [*_rows(name, region, known)]
    if rows:
        return [*_table([_HEADINGS, *rows])]
    tokens = TokenPrices(file).token_price(name)
    if tokens is None:
        raise UsageError(f"{unknown(name, region)}; nor is a model of Bedrock known by that name")
    return [*_table([("tokens of", "USD a million", "says"), *_token_rows(name, tokens)])]


def _all(region: str, known: InstancePrices) -> Sequence[str]:
    names = sorted(known.names(region), key=lambda name: (name.startswith("ml."), name))
    if not names:
        return [f"no price is known in {region}; fmbench prices --refresh {region} asks AWS"]
    return [*_table([_HEADINGS, *(row for name in names for row in _rows(name, region, known))])]


def _rows(name: str, region: str, known: InstancePrices) -> Iterator[Sequence[str]]:
    from pytest_fmbench.spend.prices.table import MARKETS

    platform = "sagemaker" if name.startswith("ml.") else "ec2"
    for market in MARKETS:
        price = known.price_of(platform, name, region, market)
        if price is not None:
            yield name, market, f"{price.usd_per_hour:g}", _says(price)


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


def _table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Columns as wide as their widest cell."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


COMMAND = Command("prices", "tell what instances and tokens cost, who says so, and when", _arguments, _run)
