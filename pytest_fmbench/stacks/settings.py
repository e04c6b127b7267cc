"""From a deployment to the arguments and variables of a stack's server."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from pytest_fmbench.errors import UnknownName, UsageError
from pytest_fmbench.model.deployment import Deployment, Option
from pytest_fmbench.model.precision import PRECISIONS, precision
from pytest_fmbench.stacks.card import Card, Flag
from pytest_fmbench.stacks.knobs import KNOBS, checked

_EVERYBODYS = ("dialect", "image")


@dataclass(frozen=True)
class Settings:
    """What is added to a server's command and environment."""

    arguments: tuple[str, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)


def settings(card: Card, deployment: Deployment, defaults: Mapping[str, Option] | None = None) -> Settings:
    """Everything that ``deployment`` says beyond its model, as ``card``'s stack spells it.

    Options are knobs by name; those that begin with a hyphen are the stack's own flags, and those in capitals variables
    of its environment, both passed as they are (True is a flag without value; False leaves it out).

    :param defaults: knobs that are set where the deployment says nothing of them.
    :raises UnknownName: for a knob, a precision or a dialect that there is not.
    :raises UsageError: for one that the stack does not have, or a value that it cannot take.
    """
    see_that_it_speaks(card, deployment)
    arguments: list[str] = []
    variables: dict[str, str] = {}
    for part in _parts(card, deployment, defaults or {}):
        arguments += part.arguments
        variables |= part.variables
    return Settings(tuple(arguments), variables)


def see_that_it_speaks(card: Card, deployment: Deployment) -> None:
    """The deployment's dialect is one of the stack's.

    :raises UnknownName: where it is not.
    """
    if deployment.dialect not in card.dialects:
        raise UnknownName(f"dialect of stack {card.name!r}:", deployment.dialect, card.dialects)


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
    if value is False and flag.off is None and not flag.variables:
        raise UsageError(f"{deployment.id}: {card.name} cannot turn {name!r} off")
    try:
        return written(flag, value)
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
    if name.isupper():
        return Settings(variables={name: str(value)})
    raise UnknownName(f"option of stack {card.name!r}:", name, card.knobs)


def written(flag: Flag, value: Option) -> Settings:
    """A flag with its value."""
    if value is False and not flag.variables:
        return Settings(flag.off or ())
    words = flag.words(value)
    arguments: list[str] = []
    for part in flag.on:
        arguments += words if part == "{value}" else [part.replace("{value}", " ".join(words))]
    variables = {name: text.replace("{value}", " ".join(words)) for name, text in flag.variables.items()}
    return Settings(tuple(arguments), variables)


def _listed(names: Mapping[str, Flag]) -> str:
    return ", ".join(sorted(names)) or "none"
