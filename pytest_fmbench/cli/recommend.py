"""``fmbench recommend``: which of the deployments that sessions measured, how many of it, at what cost."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_fmbench.cli.amounts import prices_in, rate_in, redundancy_in, share_in, usd_per_hour_in
from pytest_fmbench.cli.base import Command
from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.columns import width_of

if TYPE_CHECKING:
    from pytest_fmbench.model.objective import Objective
    from pytest_fmbench.recommend import Demand
    from pytest_fmbench.runs.recommending.gathering import Wishes
    from pytest_fmbench.runs.recommending.pricing import Pricing

_MOST = 1_000


def _arguments(parser: ArgumentParser) -> None:
    add = parser.add_argument
    told = "sessions, or folders of sessions, of which the newest counts (fmbench-out)"
    add("folders", metavar="DIR", nargs="*", help=told)
    add("--peak", metavar="RATE", required=True, help="requests, or tasks of agents, at the busiest, as 120req/s")
    add("--mean", metavar="RATE", help="the same over all hours, which is what tokens are paid for (the peak)")
    add("--headroom", metavar="SHARE", default="20%", help="to plan beyond the peak (20%%)")
    add("--redundancy", metavar="N+R", default="n+0", help="replicas that may be lost at the peak: n+0, n+1, n+2 (n+0)")
    add("--budget", metavar="USD", help="at most, as 5USD/h or 3000USD/month")
    add("--max-replicas", metavar="N", type=int, default=_MOST, help=f"more are not to be had ({_MOST})")
    told = "objective of the SLA by which deployments were searched, once for each; where there are several SLAs"
    add("--sla", metavar="OBJECTIVE", action="append", default=[], help=told)
    add("--workload", metavar="TEXT", default="", help="part of what was asked; where there are several workloads")
    told = "what must hold of answers, as 'quality.score >= 60%%'; repeatable"
    add("--quality", metavar="OBJECTIVE", action="append", default=[], help=told)
    told = "an hour of a replica, by deployment, instance or platform, as local=0.4; nothing replaces it; repeatable"
    add("--price", metavar="NAME=USD", action="append", default=[], help=told)
    add("--prices", metavar="FILE", help="a table of your own, as --fmbench-prices takes it")
    add("--region", metavar="REGION", default="", help="where replicas will run (where each was measured)")
    told = "how they will be had: on-demand, spot, 1yr-no-upfront ... (as each was measured)"
    add("--market", metavar="MARKET", default="", help=told)
    add("--json", action="store_true", help="print it as JSON")


def _run(arguments: Namespace) -> int:
    from pytest_fmbench.runs.recommending.gathering import recommended
    from pytest_fmbench.runs.recommending.reading import sessions_in
    from pytest_fmbench.sinks.recommendation import lines
    from pytest_fmbench.store.session import RECOMMENDATION, write_json

    wishes, pricing = _wishes(arguments), _pricing(arguments)
    sessions = sessions_in([Path(one) for one in arguments.folders or ("fmbench-out",)])
    decision, told = recommended(sessions, wishes, pricing)
    path = sessions[-1].folder / RECOMMENDATION
    write_json(path, told)
    for_people = (*lines(told, width_of(sys.stdout)), f"written: {path}")
    print(json.dumps(told, indent=2) if arguments.json else "\n".join(for_people))
    return 0 if decision.best is not None else 1


def _wishes(arguments: Namespace) -> Wishes:
    from pytest_fmbench.runs.recommending.gathering import Wishes

    quality = [_objective(text) for text in arguments.quality]
    return Wishes(_demand(arguments), tuple(arguments.sla), arguments.workload, quality)


def _demand(arguments: Namespace) -> Demand:
    from pytest_fmbench.recommend import Demand

    budget, mean = arguments.budget, arguments.mean
    return Demand(
        rate_in("--peak", arguments.peak),
        None if mean is None else rate_in("--mean", mean),
        share_in("--headroom", arguments.headroom),
        redundancy_in("--redundancy", arguments.redundancy),
        None if budget is None else usd_per_hour_in("--budget", budget),
        arguments.max_replicas,
    )


def _objective(text: str) -> Objective:
    """What must hold of answers; ``quality.`` may be left out."""
    from pytest_fmbench.quality.figures import FAMILY, QUALITIES
    from pytest_fmbench.sla import parse

    return parse(text if text.lstrip().startswith(FAMILY) else f"{FAMILY}{text.lstrip()}", QUALITIES)


def _pricing(arguments: Namespace) -> Pricing:
    from pytest_fmbench.runs.recommending.pricing import Pricing
    from pytest_fmbench.spend.prices.table import MARKETS, read_table

    if arguments.market and arguments.market not in MARKETS:
        raise UsageError(f"--market {arguments.market!r}: prices are of {', '.join(MARKETS)}")
    file = Path(arguments.prices) if arguments.prices else None
    if file is not None:
        read_table(file)
    return Pricing(prices_in("--price", arguments.price), file, arguments.region, arguments.market)


COMMAND = Command("recommend", "tell which deployment, how many of it, and at what cost", _arguments, _run)
