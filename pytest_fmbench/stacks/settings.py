"""From a deployment to the arguments, variables and configuration entries of a stack's server."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pytest_fmbench.errors import UnknownName, UsageError
from pytest_fmbench.model.deployment import Deployment, Option
from pytest_fmbench.model.precision import PRECISIONS, precision
from pytest_fmbench.stacks.card import Card, Flag
from pytest_fmbench.stacks.knobs import KNOBS, checked

_EVERYBODYS = ("dialect", "image")


@dataclass(frozen=True)
class Settings:
    """What is added to a server's command, environment and configuration file.

    :param entries: by keys, with dots between those of objects in objects.
    """

    arguments: tuple[str, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)
    entries: Mapping[str, object] = field(default_factory=dict)


def settings(card: Card, deployment: Deployment, defaults: Mapping[str, Option] | None = None) -> Settings:
    """Everything that ``deployment`` says beyond its model, as ``card``'s stack spells it.

    Options are knobs by name; those that begin with a hyphen are the stack's own flags, those that end with a colon
    entries of its configuration file, and those in capitals variables of its environment, all passed as they are (True
    is a flag without value; False leaves it out).

    :param defaults: knobs that are set where the deployment says nothing of them.
    :raises UnknownName: for a knob, a precision or a dialect that there is not.
    :raises UsageError: for one that the stack does not have, or a value that it cannot take.
    """
    spoken(card, deployment)
    arguments: list[str] = []
    variables: dict[str, str] = {}
    entries: dict[str, object] = {}
    for part in _parts(card, deployment, defaults or {}):
        arguments += part.arguments
        variables |= part.variables
        entries |= part.entries
    return Settings(tuple(arguments), variables, entries)


def spoken(card: Card, deployment: Deployment) -> str:
    """The dialect that the deployment asks for, with its settings, else the stack's usual one.

    :raises UnknownName: where the stack does not speak it.
    """
    wanted = str(deployment.options.get("dialect", card.dialects[0]))
    if wanted.partition("?")[0] not in card.dialects:
        raise UnknownName(f"dialect of stack {card.name!r}:", wanted, card.dialects)
    return wanted


def nested(entries: Mapping[str, object]) -> dict[str, Any]:
    """What keys with dots between them stand for: objects in objects.

    :raises UsageError: where something has a value and holds others.
    """
    found: dict[str, Any] = {}
    for key, value in entries.items():
        *path, last = key.split(".")
        inner = found
        for name in path:
            inner = inner.setdefault(name, {})
            if not isinstance(inner, dict):
                raise UsageError(f"{key!r} lies in {name!r}, which has a value of its own; leave one of them out")
        inner[last] = value
    return found


def _parts(card: Card, deployment: Deployment, defaults: Mapping[str, Option]) -> Iterator[Settings]:
    yield _precision(card, deployment)
    knobs = {**defaults, **{name: value for name, value in deployment.options.items() if name in KNOBS}}
    if deployment.tensor_parallel != 1:
        knobs["tensor_parallel"] = deployment.tensor_parallel
    for name, value in knobs.items():
        yield _knob(card, deployment, name, value)
    for name, value in deployment.options.items():
        if name not in KNOBS and name not in _EVERYBODYS:
            yield _own(card, name, value)


def _precision(card: Card, deployment: Deployment) -> Settings:
    if deployment.quantization is None:
        return Settings()
    wanted = precision(deployment.quantization)
    if wanted.name not in card.precisions:
        raise UsageError(
            f"{deployment.id}: {card.name} cannot serve weights kept as {wanted.name} ({wanted.meaning}); it can "
            f"{_listed(card.precisions)}"
        )
    return written(card.precisions[wanted.name], wanted.name)


def _knob(card: Card, deployment: Deployment, name: str, value: Option) -> Settings:
    if name not in card.knobs:
        raise UsageError(f"{deployment.id}: {card.name} has no {name!r}; it has {_listed(card.knobs)}")
    if name in KNOBS:
        checked(name, value, deployment.id)
    if name == "kv_precision":
        return _kv_precision(card, deployment, str(value))
    flag = card.knobs[name]
    if value is False and flag.off is None and not flag.variables and not flag.entry:
        raise UsageError(f"{deployment.id}: {card.name} cannot turn {name!r} off")
    try:
        return written(flag, deployment.tensor_parallel if flag.sized and value else value)
    except UsageError as error:
        raise UsageError(f"{deployment.id}: option {name}={value!r}: {error}") from error


def _kv_precision(card: Card, deployment: Deployment, name: str) -> Settings:
    if name not in PRECISIONS:
        raise UnknownName("precision", name, PRECISIONS)
    if name not in card.kv_precisions:
        raise UsageError(
            f"{deployment.id}: {card.name} keeps no KV cache as {name}; it can {_listed(card.kv_precisions)}"
        )
    return written(card.kv_precisions[name], name)


def _own(card: Card, name: str, value: Option) -> Settings:
    if name.startswith("-") and card.own_flags:
        if isinstance(value, bool):
            return Settings((name,) if value else ())
        return Settings((name, str(value)))
    if name.endswith(":") and card.own_entries:
        return Settings(entries={name.removesuffix(":"): value})
    if name.isupper():
        return Settings(variables={name: str(value)})
    raise UnknownName(f"option of stack {card.name!r}:", name, card.knobs)


def written(flag: Flag, value: Option) -> Settings:
    """A flag with its value."""
    if value is False and (flag.off is not None or not (flag.variables or flag.entry)):
        return Settings(flag.off or ())
    words = flag.words(value)
    arguments: list[str] = []
    for part in flag.on:
        arguments += words if part == "{value}" else [part.replace("{value}", " ".join(words))]
    variables = {name: text.replace("{value}", " ".join(words)) for name, text in flag.variables.items()}
    return Settings(tuple(arguments), variables, {flag.entry: flag.made(value)} if flag.entry else {})


def _listed(names: Mapping[str, Flag]) -> str:
    return ", ".join(sorted(names)) or "none"
