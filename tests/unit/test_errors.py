from __future__ import annotations

import copy
import pickle
import re
from collections.abc import Callable, Iterator

import pytest

from pytest_fmbench import errors
from pytest_fmbench.errors import (
    FailedBefore,
    FmbenchError,
    Inconclusive,
    LaunchError,
    ObjectiveSyntaxError,
    Regressed,
    SlaMissed,
    UnknownName,
)


def tree(root: type[Exception]) -> Iterator[type[Exception]]:
    yield root
    for branch in root.__subclasses__():
        yield from tree(branch)


MADE: dict[type[Exception], Exception] = {
    UnknownName: UnknownName("metric", "tftt", ["ttft", "itl"]),
    ObjectiveSyntaxError: ObjectiveSyntaxError("ttft < 5parsec", 8, "unknown unit"),
    LaunchError: LaunchError("it died", ["first", "last"]),
    Inconclusive: Inconclusive("0.2 < 0.3: the data do not tell", 0.2, 0.3),
}
ERRORS = [MADE[kind] if kind in MADE else kind("what happened") for kind in tree(FmbenchError)]


def test_of_many_names_families_are_listed_as_one() -> None:
    known = [*(f"gpu.{nth}" for nth in range(30)), *(f"host.{nth}" for nth in range(20)), "ttft"]
    assert str(UnknownName("metric", "zzz", known)) == "unknown metric 'zzz'. Known: gpu.*, host.*, ttft"
    own = str(UnknownName("metric", "host.cpuu", known))
    assert own.partition("Known: ")[2].split(", ") == ["gpu.*", *sorted(known[30:50]), "ttft"]


def through_pickle(error: Exception) -> Exception:
    back = pickle.loads(pickle.dumps(error))  # noqa: S301
    assert isinstance(back, Exception)
    return back


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("duplicate", [through_pickle, copy.copy, copy.deepcopy])
def test_every_error_survives_copying_and_pickling(
    error: Exception, duplicate: Callable[[Exception], Exception]
) -> None:
    same = duplicate(error)
    assert (type(same), str(same), vars(same)) == (type(error), str(error), vars(error))


def test_the_tree_is_the_one_that_is_drawn() -> None:
    drawn: dict[str, str] = {}
    path: list[str] = []
    for branch, name in re.findall(r"^    ([| `-]*)([A-Z]\w+)", errors.__doc__ or "", re.MULTILINE):
        path[len(branch) // 4 :] = [name]
        drawn[name] = path[-2] if len(path) > 1 else "Exception"
    assert drawn == {kind.__name__: kind.__base__.__name__ for kind in tree(FmbenchError) if kind.__base__}


def test_only_a_missed_sla_and_a_regression_are_failed_assertions() -> None:
    assert {kind for kind in tree(FmbenchError) if issubclass(kind, AssertionError)} == {
        *tree(SlaMissed),
        FailedBefore,
        Regressed,
    }


@pytest.mark.parametrize(
    ("name", "known", "message"),
    [
        ("tftt", ["ttft", "itl"], "unknown metric 'tftt', did you mean 'ttft'? Known: itl, ttft"),
        ("zzz", ["ttft", "itl"], "unknown metric 'zzz'. Known: itl, ttft"),
        ("", ["ttft"], "unknown metric ''. Known: ttft"),
        ("ttft", [], "unknown metric 'ttft'. Known: none"),
    ],
)
def test_an_unknown_name_comes_with_the_known_ones(name: str, known: list[str], message: str) -> None:
    assert str(UnknownName("metric", name, known)) == message


def test_what_would_decide_is_told_where_it_is_known() -> None:
    error = Inconclusive("0.2 < 0.3: the data do not tell", 0.2, 0.3)
    error.advice = "about 40 more requests would decide"
    assert str(through_pickle(error)) == "0.2 < 0.3: the data do not tell; about 40 more requests would decide"


def test_an_unknown_name_can_be_read_by_programs() -> None:
    error = UnknownName("metric", "x", iter(("b", "a")))
    assert (error.kind, error.name, error.known) == ("metric", "x", ["a", "b"])


def test_a_syntax_error_points_at_the_character() -> None:
    assert str(ObjectiveSyntaxError("ttft < 5parsec", 8, "unknown unit")).splitlines() == [
        "unknown unit",
        "    ttft < 5parsec",
        "            ^",
    ]


def test_a_syntax_error_at_the_end_points_past_it() -> None:
    assert str(ObjectiveSyntaxError("ttft <", 6, "expected a number")).endswith("    ttft <\n          ^")


@pytest.mark.parametrize("space", ["\n", "\t", "\r\n "])
def test_a_syntax_error_points_at_the_character_whatever_the_white_space(space: str) -> None:
    text = f"ttft <{space}5parsec"
    _, *shown, caret = str(ObjectiveSyntaxError(text, text.index("parsec"), "unknown unit")).splitlines()
    assert [line[caret.index("^") :] for line in shown] == ["parsec"]
    assert "\t" not in shown[0]


def test_a_launch_error_ends_with_the_log() -> None:
    assert str(LaunchError("it died", ["first", "last"])).splitlines() == [
        "it died",
        "  last lines of the server's log:",
        "    | first",
        "    | last",
    ]


def test_a_launch_error_without_a_log_says_so() -> None:
    assert str(LaunchError("it died")).endswith("    | (it wrote nothing)")
