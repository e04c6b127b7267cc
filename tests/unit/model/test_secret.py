from __future__ import annotations

import copy
import json
import logging
import pickle
import traceback

import pytest

from pytest_fmbench.model.endpoint import Endpoint
from pytest_fmbench.model.secret import Secret

VALUE = "".join(("hunter", "2"))  # so that no line of source shows it
SECRET = Secret(VALUE)


def test_only_reveal_gives_it() -> None:
    assert SECRET.reveal() == VALUE


@pytest.mark.parametrize(
    "shown",
    [
        repr(SECRET),
        str(SECRET),
        f"{SECRET}",
        f"{SECRET!s}",
        f"{SECRET!r}",
        f"{SECRET!a}",
        "{}".format(SECRET),  # noqa: UP032  # the way of writing is what is tested
        "%s" % SECRET,  # noqa: UP031  # likewise
    ],
)
def test_every_way_of_printing_hides_it(shown: str) -> None:
    assert shown == "***"


def test_what_holds_it_hides_it_too() -> None:
    holders = [{"Authorization": SECRET}, [SECRET], Endpoint("http://h/v1", "m", "d", {"Authorization": SECRET})]
    assert all("***" in repr(holder) and VALUE not in repr(holder) for holder in holders)


def test_no_traceback_shows_it_even_with_locals() -> None:
    def fail(secret: Secret) -> None:
        raise ValueError("refused", secret)

    with pytest.raises(ValueError, match="refused") as caught:
        fail(SECRET)
    shown = "".join(traceback.TracebackException.from_exception(caught.value, capture_locals=True).format())
    assert "secret = ***" in shown
    assert VALUE not in shown


def test_no_error_about_it_shows_it() -> None:
    with pytest.raises(TypeError) as caught:
        json.dumps({"key": SECRET})
    assert VALUE not in str(caught.value)
    with pytest.raises(TypeError) as caught:
        f"{SECRET:>20}"
    assert VALUE not in str(caught.value)


def test_no_log_shows_it(caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("fmbench.test").warning("the key is %s", SECRET)
    assert caplog.messages == ["the key is ***"]


def test_the_load_process_gets_it() -> None:
    sent = pickle.loads(pickle.dumps(Endpoint("http://h/v1", "m", "d", {"Authorization": SECRET})))  # noqa: S301
    assert sent.headers["Authorization"].reveal() == VALUE
    assert copy.deepcopy(SECRET).reveal() == VALUE


def test_secrets_are_equal_as_their_values_are() -> None:
    assert Secret(VALUE) == SECRET
    assert hash(Secret(VALUE)) == hash(SECRET)
    assert Secret("other") != SECRET
    assert SECRET != VALUE


def test_it_has_no_place_for_anything_else() -> None:
    with pytest.raises(AttributeError):
        SECRET.hint = "h..."  # type: ignore[attr-defined]
