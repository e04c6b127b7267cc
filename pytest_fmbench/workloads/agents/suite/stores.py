"""A store of keys and values."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any

from pytest_fmbench.workloads.agents.base import Plan, Wanted
from pytest_fmbench.workloads.agents.suite.calculator import CALCULATE, computed
from pytest_fmbench.workloads.agents.task import Task, says
from pytest_fmbench.workloads.agents.tool import State, Tool, ToolError

_KEY = {"key": {"type": "string", "maxLength": 40}}
_THINGS = ("lamp", "kettle", "ladder", "compass", "hammer", "blanket", "bucket", "mirror", "whistle", "anchor")


def get(state: State, /, *, key: str) -> object:
    """What stands under a key."""
    if key not in state:
        raise ToolError(f"there is no key {key!r}")
    return state[key]


def put(state: State, /, *, key: str, value: object) -> str:
    """Put a value under a key."""
    state[key] = value
    return "stored"


def delete(state: State, /, *, key: str) -> str:
    """Take a key away."""
    if key not in state:
        raise ToolError(f"there is no key {key!r}")
    del state[key]
    return "deleted"


def keys(state: State, /, *, prefix: str = "") -> list[str]:
    """The keys that begin so."""
    return sorted(key for key in state if key.startswith(prefix))


def _takes(properties: dict[str, Any], *required: str) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(required), "additionalProperties": False}


GET = Tool("get", "Reads what the store has under a key.", _takes(_KEY, "key"), get)
PUT = Tool(
    "put",
    "Puts a value into the store, under a key.",
    _takes({**_KEY, "value": {"type": ["string", "number"], "maxLength": 40}}, "key", "value"),
    put,
)
DELETE = Tool("delete", "Takes a key out of the store.", _takes(_KEY, "key"), delete)
KEYS = Tool(
    "keys",
    "Lists the keys that begin with a prefix.",
    _takes({"prefix": {"type": "string", "maxLength": 40}}, "prefix"),
    keys,
)
STORE = (GET, PUT, DELETE, KEYS)


def read_one(drawn: Random) -> Task:
    """One call."""
    state = {f"{thing}/price": drawn.randint(100, 999) for thing in _THINGS}
    thing = drawn.choice(_THINGS)
    price = state[f"{thing}/price"]

    def check(answer: str, _: Mapping[str, Any]) -> bool:
        return says(answer, price)

    plan = Plan([[Wanted("get", {"key": f"{thing}/price"})]], f"The {thing} costs {price}.")
    question = f"What does the {thing} cost? Prices are in the store under keys such as lamp/price."
    return Task(question, STORE, check, state, plan=plan)


def follow_the_chain(drawn: Random) -> Task:
    """Five calls, each of which tells what the next one is."""
    names = [f"note-{number}" for number in drawn.sample(range(1000, 9999), 5)]
    treasure = f"gold-{drawn.randint(1000, 9999)}"
    state = dict(zip(names, [*names[1:], treasure], strict=True))

    def check(answer: str, _: Mapping[str, Any]) -> bool:
        return says(answer, treasure)

    plan = Plan([[Wanted("get", {"key": name})] for name in names], f"It is {treasure}.")
    question = f"Read {names[0]} in the store. Each note names the next key, until one has no key: what does it say?"
    return Task(question, STORE, check, state, plan=plan)


def swap(drawn: Random) -> Task:
    """Two calls at once, twice; what counts is what they leave behind."""
    one, other = drawn.sample(_THINGS, 2)
    before = {one: f"shelf {drawn.randint(10, 99)}", other: f"room {drawn.randint(10, 99)}"}

    def check(_: str, state: Mapping[str, Any]) -> bool:
        return bool(state[one] == before[other] and state[other] == before[one])

    steps = (
        [Wanted("get", {"key": one}), Wanted("get", {"key": other})],
        [Wanted("put", {"key": one, "value": before[other]}), Wanted("put", {"key": other, "value": before[one]})],
    )
    question = f"The store says where things are. Swap the places of the {one} and the {other}."
    return Task(question, STORE, check, before, plan=Plan(steps, "They are swapped."))


def tidy_up(drawn: Random) -> Task:
    """A look, then as many calls as it tells of."""
    old = [f"tmp/{number}" for number in drawn.sample(range(100, 999), 3)]
    kept = [f"doc/{number}" for number in drawn.sample(range(100, 999), 3)]
    before = dict.fromkeys([*old, *kept], "x")

    def check(_: str, state: Mapping[str, Any]) -> bool:
        return sorted(state) == sorted(kept)

    steps = [Wanted("keys", {"prefix": "tmp/"})], [Wanted("delete", {"key": key}) for key in sorted(old)]
    question = "Delete every key of the store that begins with tmp/, and none besides."
    return Task(question, STORE, check, before, plan=Plan(steps, "Done: 3 keys are gone."))


def raise_a_price(drawn: Random) -> Task:
    """Three calls of three tools."""
    thing, price, more = drawn.choice(_THINGS), drawn.randint(100, 899), drawn.randint(11, 99)
    key = f"{thing}/price"

    def check(_: str, state: Mapping[str, Any]) -> bool:
        return bool(state[key] == price + more)

    steps = (
        [Wanted("get", {"key": key})],
        [computed("add", price, more)],
        [Wanted("put", {"key": key, "value": price + more})],
    )
    question = f"Raise the price of the {thing}, which the store has under {key}, by {more}."
    plan = Plan(steps, f"The {thing} costs {price + more} now.")
    return Task(question, (GET, PUT, CALCULATE), check, {key: price}, plan=plan)
