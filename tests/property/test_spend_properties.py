"""Leases are read as they were written; no order of events makes a session promise or spend more than its budget."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from pytest_fmbench.errors import NotMeasured
from pytest_fmbench.model.lease import Lease, Resource
from pytest_fmbench.spend import account
from pytest_fmbench.spend.lease_file import decoded, encoded
from pytest_fmbench.spend.ledger import Ledger
from tests.support.leases import a_lease

SOME = 1e-6
"""By how much sums may be off."""

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
seconds = st.floats(allow_nan=False, allow_infinity=False)
leases = st.builds(
    Lease,
    *(texts,) * 6,
    st.dictionaries(texts, texts, max_size=3),
    seconds,
    seconds,
    st.none() | st.floats(0.0, 1e6),
    st.lists(st.builds(Resource, texts, texts, texts), max_size=4).map(tuple),
    st.booleans(),
)


@given(leases)
def test_a_lease_is_read_as_it_was_written(lease: Lease) -> None:
    assert decoded(encoded(lease)) == lease


@given(leases, st.data())
def test_what_is_left_of_a_lease_is_no_lease(lease: Lease, data: st.DataObject) -> None:
    whole = encoded(lease).rstrip()
    assert isinstance(decoded(whole[: data.draw(st.integers(0, len(whole) - 1))]), str)


@given(st.binary(max_size=200))
def test_no_content_crashes_the_reader(content: bytes) -> None:
    assert isinstance(decoded(content), (str, Lease))


class Spending(RuleBasedStateMachine):
    """Two processes spend from one budget. Whoever reserved enough never makes it spend more than there is.

    They are two ledgers of one file here; leases end before they cost more than was reserved for them.
    """

    reserved: Bundle[tuple[str, float]] = Bundle("reserved")
    running: Bundle[str] = Bundle("running")

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        self.now = 0.0
        self.budget = 10.0
        self.ledgers = [Ledger(Path(self.folder.name), "session", self.budget, lambda: self.now) for _ in range(2)]
        self.count = 0
        self.withdraw: dict[str, Callable[[], None]] = {}
        self.may_last: dict[str, float] = {}
        self.spent = 0.0

    def teardown(self) -> None:
        self.folder.cleanup()

    @rule(target=reserved, which=st.integers(0, 1), usd=st.floats(0.01, 12.0))
    def reserve(self, which: int, usd: float) -> tuple[str, float]:
        what = f"deployment-{self.count}"
        self.count += 1
        free = self.budget - self.committed()
        try:
            self.withdraw[what] = self.ledgers[which].reserve(what, usd)
        except NotMeasured:
            assert usd > free - SOME
            return what, 0.0
        assert usd <= free + SOME
        return what, usd

    @rule(one=consumes(reserved))
    def give_back(self, one: tuple[str, float]) -> None:
        what, usd = one
        if usd:
            self.withdraw.pop(what)()

    @rule(target=running, which=st.integers(0, 1), one=consumes(reserved), usd_per_hour=st.floats(0.1, 100.0))
    def begin(self, which: int, one: tuple[str, float], usd_per_hour: float) -> str:
        what, usd = one
        if usd:
            self.ledgers[which].begin(a_lease(what, deployment=what), usd_per_hour)
            self.withdraw.pop(what)()
            self.may_last[what] = usd / usd_per_hour * 3600.0
        return what

    @rule(which=st.integers(0, 1), what=consumes(running))
    def end(self, which: int, what: str) -> None:
        self.ledgers[which].end(a_lease(what))
        self.may_last.pop(what, None)

    @rule(which=st.integers(0, 1), one=consumes(reserved), share=st.floats(0.0, 1.0))
    def pay(self, which: int, one: tuple[str, float], share: float) -> None:
        what, usd = one
        if usd:
            self.ledgers[which].pay(what, usd * share)
            self.withdraw.pop(what)()

    @rule(s=st.floats(0.0, 3600.0))
    def wait(self, s: float) -> None:
        s = min(s, *self.may_last.values()) if self.may_last else s
        self.now += s
        self.may_last = {what: left - s for what, left in self.may_last.items()}
        assert self.ledgers[0].spent_usd() >= self.spent - SOME

    @rule(s=st.floats(0.0, 1e5))
    def step_back(self, s: float) -> None:
        """The clock does; what was spent by the last change stays so."""
        self.now -= s

    @invariant()
    def no_more_is_spent_than_there_is(self) -> None:
        self.spent = self.ledgers[1].spent_usd()
        assert 0.0 <= self.spent <= self.budget + SOME
        assert abs(self.ledgers[0].left_usd() - (self.budget - self.spent)) <= SOME

    @invariant()
    def no_more_is_promised_than_there_is(self) -> None:
        assert self.committed() <= self.budget + SOME

    def committed(self) -> float:
        """What is spent or promised, as the file has it."""
        path = Path(self.folder.name) / "session.json"
        return account.decoded(path.read_bytes()).taken_usd(self.now) if path.exists() else 0.0


Spending.TestCase.settings = settings(max_examples=25, stateful_step_count=25)
TestSpending = Spending.TestCase


@given(leases, st.integers(2, 9))
def test_a_newer_form_is_not_read(lease: Lease, version: int) -> None:
    content = encoded(replace(lease, name="x")).replace(b'"version": 1', f'"version": {version}'.encode(), 1)
    told = decoded(content)
    assert isinstance(told, str)
    assert f"version {version}" in told
