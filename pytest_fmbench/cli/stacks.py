"""``fmbench stacks``: what is known of the serving software, and what of it is here."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from pytest_fmbench.cli.base import Command
from pytest_fmbench.model.columns import aligned

if TYPE_CHECKING:
    from pytest_fmbench.model.launch import LaunchPlan
    from pytest_fmbench.stacks.card import Card

_HEADINGS = ("stack", "started as", "here", "tested", "dialects", "image")
_DOCUMENTS_ONLY = "documents only"
_NOTHING = "-"

Row = Sequence[str]


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", nargs="?", help="tell all that is known of this one")


def _run(arguments: Namespace) -> int:
    from pytest_fmbench.catalog import STACKS
    from pytest_fmbench.platforms.inventory import container_runtime

    runtime, _ = container_runtime()
    names = [arguments.name] if arguments.name else [*STACKS]
    cards = [(STACKS[name]().card, _planned(name)) for name in names]
    lines = _all_of(*cards[0], runtime) if arguments.name else aligned(_rows(cards, runtime))
    print("\n".join(lines))
    return 0


def _planned(name: str) -> LaunchPlan:
    """How a server of some model is started; an empty plan where it runs already."""
    from pytest_fmbench.catalog import STACKS
    from pytest_fmbench.model.deployment import Deployment
    from pytest_fmbench.model.launch import LaunchPlan

    stack = STACKS[name]()
    if not stack.card.started:
        return LaunchPlan((), "", None, "", stack.card.dialects[0])
    return stack.plan(Deployment("org/model", name))


def _rows(cards: Sequence[tuple[Card, LaunchPlan]], runtime: str) -> Iterator[Row]:
    yield _HEADINGS
    for card, plan in cards:
        tested = "for real" if card.tested else _DOCUMENTS_ONLY
        ways = " or ".join(_ways(plan))
        first, *others = card.dialects
        spoken = f"{first} and {len(others)} more" if others else first
        yield card.name, ways, _here(plan, runtime), tested, spoken, card.image or _NOTHING


def _ways(plan: LaunchPlan) -> Iterator[str]:
    if plan.command:
        yield "process"
    if plan.container:
        yield "container"


def _here(plan: LaunchPlan, runtime: str) -> str:
    from pytest_fmbench.platforms.inventory import has

    if plan.command and has(plan.needs, plan.python):
        return "installed"
    return f"by {runtime}" if plan.container and runtime else "no"


def _all_of(card: Card, plan: LaunchPlan, runtime: str) -> Iterator[str]:
    from pytest_fmbench.model.telemetry import SERVER

    yield from aligned([("stack", card.name), *_starting(card, plan), ("here", _here(plan, runtime))])
    for title, rows in (
        ("settings, by name", _settings(card)),
        ("quantization", [(name, str(flag)) for name, flag in card.precisions.items()]),
        ("kv_precision", [(name, str(flag), _where(card, name)) for name, flag in card.kv_precisions.items()]),
        (
            f"metrics, at {_page(card)}",
            [(name, series, SERVER[name].meaning) for name, series in card.metrics.items()],
        ),
        ("says of itself", [(name, f"{path} {key}") for name, (path, key) in card.facts.items()]),
        ("looked up in", [(address,) for address in card.documents]),
    ):
        if rows:
            yield from ("", f"{title}:")
            yield from (f"  {line}" for line in aligned(rows))


def _page(card: Card) -> str:
    """Where it is, and beside which dialects it has a port of its own."""
    ports = {one: f"port {port}" if port else "a port of its own" for one, port in card.metrics_ports.items()}
    told = ", ".join(f"{dialect} at {port}" for dialect, port in ports.items())
    return f"{card.metrics_path} ({told})" if told else card.metrics_path


def _starting(card: Card, plan: LaunchPlan) -> Iterator[tuple[str, str]]:
    if plan.command:
        yield "process", f"needs {plan.needs.lstrip('/') or 'nothing'}" + (f": {plan.install}" if plan.install else "")
    if plan.container:
        yield "container", plan.container.image
    yield "tested", card.tested or _DOCUMENTS_ONLY
    yield "dialects", ", ".join(card.dialects)


def _settings(card: Card) -> list[Row]:
    from pytest_fmbench.stacks.knobs import KNOBS

    meanings = {"tensor_parallel": "of the deployment: accelerators that a replica is cut over"}
    rows: list[Row] = [
        (name, str(flag), meanings.get(name) or KNOBS[name].meaning) for name, flag in card.knobs.items()
    ]
    if card.own_flags:
        rows.append(("--ANY-FLAG", "as it is", "of its own"))
    rows.append(("VARIABLE", "as it is", "of its environment"))
    return rows


def _where(card: Card, name: str) -> str:
    """On which NVIDIA devices a cache is kept so, where not on all."""
    return f"takes {card.kv_rules[name]}" if name in card.kv_rules else ""


COMMAND = Command(
    "stacks", "tell which serving software is known, what it can be told, and what is here", _arguments, _run
)
