"""A calendar of days, each with its appointments."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any

from pytest_fmbench.workloads.agents.base import Plan, Wanted
from pytest_fmbench.workloads.agents.task import Task, says
from pytest_fmbench.workloads.agents.tool import State, Tool, ToolError

_TITLES = ("dentist", "rehearsal", "swimming", "interview", "lunch", "chess club", "haircut", "tax adviser")
_HOURS = range(9, 17)
_DAY = {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "description": "such as 2031-05-14"}


def appointments(state: State, /, *, day: str) -> list[dict[str, Any]]:
    """What a day holds, by its hours."""
    return [{"hour": hour, "title": title} for hour, title in sorted(state.get(day, {}).items())]


def book(state: State, /, *, day: str, hour: int, title: str) -> str:
    """A new appointment, where there is none yet."""
    booked = state.setdefault(day, {})
    if hour in booked:
        raise ToolError(f"at {hour} there is {booked[hour]}")
    booked[int(hour)] = title
    return "booked"


APPOINTMENTS = Tool(
    "appointments",
    "Lists the appointments of a day. Each takes the whole hour.",
    {"type": "object", "properties": {"day": _DAY}, "required": ["day"], "additionalProperties": False},
    appointments,
)
BOOK = Tool(
    "book",
    "Books an hour of a day.",
    {
        "type": "object",
        "properties": {
            "day": _DAY,
            "hour": {"type": "integer", "minimum": 9, "maximum": 16},
            "title": {"type": "string", "minLength": 1, "maxLength": 40},
        },
        "required": ["day", "hour", "title"],
        "additionalProperties": False,
    },
    book,
)
CALENDAR = (APPOINTMENTS, BOOK)


def _day(drawn: Random) -> str:
    return f"{drawn.randint(2030, 2059)}-{drawn.randint(1, 12):02}-{drawn.randint(1, 25):02}"


def _filled(drawn: Random, count: int) -> dict[int, str]:
    return dict(zip(drawn.sample(_HOURS, count), drawn.sample(_TITLES, count), strict=True))


def when_is_it(drawn: Random) -> Task:
    """One call."""
    day, booked = _day(drawn), _filled(drawn, 4)
    hour = drawn.choice([*booked])

    def check(answer: str, _: Mapping[str, Any]) -> bool:
        return any(says(answer, form) for form in _forms(hour))

    plan = Plan([[Wanted("appointments", {"day": day})]], f"At {hour} o'clock.")
    question = f"At what hour is the {booked[hour]} on {day}?"
    return Task(question, CALENDAR, check, {day: booked}, plan=plan)


def _forms(hour: int) -> list[str]:
    """How people write an hour."""
    past_noon = (hour - 1) % 12 + 1
    half = "am" if hour < 12 else "pm"
    return [
        f"{hour}",
        f"{hour:02}",
        f"{hour}:00",
        f"{hour:02}:00",
        *(f"{past_noon}{rest}" for rest in (half, f" {half}")),
    ]


def book_the_first_free_hour(drawn: Random) -> Task:
    """A look, and what follows from it."""
    day, title = _day(drawn), drawn.choice(_TITLES)
    first = drawn.randint(10, 14)
    booked = dict.fromkeys(range(9, first), "busy") | {first + 1: "busy"}

    def check(_: str, state: Mapping[str, Any]) -> bool:
        return bool(state[day] == {**booked, first: title})

    steps = (
        [Wanted("appointments", {"day": day})],
        [Wanted("book", {"day": day, "hour": first, "title": title})],
    )
    question = f"Book one hour for {title} on {day}, as early as it is free. The day goes from 9 to 17."
    return Task(question, CALENDAR, check, {day: booked}, plan=Plan(steps, f"It is booked for {first} o'clock."))


def busiest_day(drawn: Random) -> Task:
    """Three calls at once."""
    year, month, first = drawn.randint(2030, 2059), drawn.randint(1, 12), drawn.randint(1, 20)
    days = [f"{year}-{month:02}-{first + nth:02}" for nth in range(3)]
    state = {day: _filled(drawn, count) for day, count in zip(days, drawn.sample(range(1, 7), 3), strict=True)}
    busiest = max(days, key=lambda day: len(state[day]))

    def check(answer: str, _: Mapping[str, Any]) -> bool:
        return says(answer, busiest) and not any(says(answer, day) for day in days if day != busiest)

    plan = Plan([[Wanted("appointments", {"day": day}) for day in days]], f"On {busiest}.")
    question = f"On which of the days {', '.join(days)} are the most appointments? Name that date alone."
    return Task(question, CALENDAR, check, state, plan=plan)
