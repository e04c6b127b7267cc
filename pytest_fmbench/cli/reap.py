"""``fmbench reap``: what sessions that are gone have left running, and ending it."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from pytest_fmbench.cli.base import Command
from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.columns import aligned

if TYPE_CHECKING:
    from pytest_fmbench.model.lease import Lease
    from pytest_fmbench.runs.tenancy.reaping import Found, Search

_HEADINGS = ("lease", "what", "where", "since", "an hour", "so far", "why")


def _arguments(parser: ArgumentParser) -> None:
    add = parser.add_argument
    add("--yes", action="store_true", help="end what is due; without it, only tell")
    told = "look for tags there too; give it once for each (those of the leases, and the one that AWS's settings name)"
    add("--region", metavar="R", action="append", default=[], help=told)
    add("--session", metavar="S", help="only what this session made or holds")
    add("--older", metavar="T", default="0s", help="only what was made longer ago than that, as 90min (0s)")
    add("--kept", action="store_true", help="also what is kept for the next session")
    add("--profile", metavar="NAME", default="", help="of the AWS settings (the usual one)")


def _run(arguments: Namespace) -> int:
    from pytest_fmbench.model.units import seconds_in
    from pytest_fmbench.runs.tenancy.reaping import Wanted
    from pytest_fmbench.runs.tenancy.sweeping import forget_ledgers

    older_s = 0.0 if arguments.older in ("0", "0s") else seconds_in(arguments.older)
    if older_s is None:
        raise UsageError(f"--older {arguments.older!r}: give a length of time, as 90min")
    search = _search(arguments.profile)
    found = search.found(Wanted(arguments.session, older_s, arguments.kept), _regions(arguments, search), _warn)
    unreadable = search.leases.unreadable()
    due = [one for one in found if one.due]
    print("\n".join(_listed(found, search.now_s)))
    for file in unreadable:
        print(f"cannot be read: {file.path}: {file.reason}")
    left = [*_ended(due, search)] if arguments.yes else [one.lease for one in due]
    if due and not arguments.yes:
        print(f"\n{len(due)} of {len(found)} are due; --yes ends them. Nothing was done.")
    if arguments.yes:
        forget_ledgers(search.leases, search.is_alive)
    return 1 if left or unreadable else 0


def _search(profile: str) -> Search:
    from pytest_fmbench.catalog import PLATFORMS
    from pytest_fmbench.clock import wall_s
    from pytest_fmbench.platforms.base import Leasing, Surroundings
    from pytest_fmbench.runs.tenancy.reaping import Search
    from pytest_fmbench.runs.tenancy.who import owner
    from pytest_fmbench.spend.alive import is_alive
    from pytest_fmbench.spend.leases import Leases, leases_folder
    from pytest_fmbench.spend.prices.instances import InstancePrices, prices_folder
    from pytest_fmbench.weights.fetch import locate

    leases = Leases(leases_folder(), "reap", owner())
    settings = {"profile": profile} if profile else {}
    surroundings = Surroundings(
        lambda *model: locate(*model[:2], progress=model[2]),
        book=leases,
        settings=settings,
        price=InstancePrices(refreshed=prices_folder()).price_of,
    )
    made = {name: PLATFORMS[name](surroundings) for name in PLATFORMS}
    paid = {name: platform for name, platform in made.items() if isinstance(platform, Leasing)}
    return Search(leases, paid, is_alive, wall_s())


def _regions(arguments: Namespace, search: Search) -> Sequence[str]:
    """Those that are named, and those where leases are; none leaves it to each platform."""
    there = (lease.place.get("region", "") for lease in search.leases.all())
    return tuple(dict.fromkeys((*arguments.region, *filter(None, there))))


def _ended(due: Sequence[Found], search: Search) -> Iterator[Lease]:
    """End what is due, and tell of each; gives those that are left."""
    from pytest_fmbench.runs.tenancy.reaping import end

    print(end="\n" if due else "")
    for one in due:
        problem = end(one, search, _say)
        print(f"{one.lease.name}: {f'is left: {problem}' if problem else 'ended'}", flush=True)
        if problem:
            yield one.lease


def _listed(found: Sequence[Found], now_s: float) -> Iterator[str]:
    from pytest_fmbench.runs.tenancy.reaping import cost_so_far

    if not found:
        yield "nothing is left"
        return
    rows = [_HEADINGS]
    for one in found:
        lease = one.lease
        where = (
            ", ".join(value for name, value in sorted(lease.place.items()) if value and name not in ("profile", "keys"))
            or "-"
        )
        since = datetime.fromtimestamp(lease.made_s, timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
        what, mark = f"{lease.platform}: {lease.deployment}", "" if one.due else "left alone: "
        usd = (_dollars(lease.usd_per_hour), _dollars(cost_so_far(lease, now_s)))
        rows.append((lease.name, what, where, since, *usd, mark + one.why))
    yield from aligned(rows)


def _dollars(usd: float | None) -> str:
    return "not known" if usd is None else f"${usd:,.2f}"


def _say(line: str) -> None:
    print(f"  {line}", flush=True)


def _warn(line: str) -> None:
    print(f"fmbench: {line}", file=sys.stderr)


COMMAND = Command("reap", "tell what sessions that are gone have left running, and end it", _arguments, _run)
