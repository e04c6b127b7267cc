"""Traces: whatever a file holds is read or refused; scaling keeps rate, bursts and what is shared, as it says."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pytest_fmbench.catalog import TRACES
from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.samples import Floats
from pytest_fmbench.workloads.traces.detecting import detected
from pytest_fmbench.workloads.traces.reading import load
from pytest_fmbench.workloads.traces.scaling import scaled
from pytest_fmbench.workloads.traces.table import Table, Whole

HEADERS = {name: ",".join(TRACES[name].columns).encode() for name in TRACES if TRACES[name].layout.name == "CSV"}
NUMBERS = (
    st.integers(-5, 1 << 70) | st.floats() | st.text(max_size=5) | st.none() | st.lists(st.integers(-2, 9), max_size=3)
)
CELLS = st.sampled_from(
    [b"2023-11-16 18:17:03.9", b"5", b"-1", b"", b'"', b'"a,b"', b"\x00", b"1e999", b"9" * 5000]
) | st.binary(max_size=8)


def read(folder: Path, content: bytes) -> Table | None:
    """The table, or None where it is refused as a user's mistake; anything else is an error of ours."""
    path = folder / "t"
    path.write_bytes(content)
    try:
        loaded = load(path, detected(path, None, TRACES), TRACES)
    except UsageError:
        return None
    return loaded.table


def see_that_it_can_be_asked(table: Table | None) -> None:
    if table is None:
        return
    assert table.at_ns[0] == 0
    assert (np.diff(table.at_ns) >= 0).all()
    assert table.input_tokens.min() >= 1
    assert table.output_tokens.min() >= 1
    assert len(table.first_block) == len(table) + 1
    assert table.first_block[-1] == len(table.blocks)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("traces")


@given(content=st.binary(max_size=300), packed=st.booleans())
@example(content=b"[" * 3000, packed=False)
@example(content=b'{"a":' * 3000, packed=False)
@example(content=b"\x1f\x8b", packed=False)
@example(content=b"\x1f\x8b\x08\x00rest", packed=False)
def test_bytes_of_any_kind_are_read_or_refused(folder: Path, content: bytes, packed: bool) -> None:
    see_that_it_can_be_asked(read(folder, gzip.compress(content) if packed else content))


@given(
    name=st.sampled_from(sorted(HEADERS)),
    rows=st.lists(st.lists(CELLS, max_size=5), max_size=5),
    end=st.sampled_from([b"\n", b"\r\n"]),
)
def test_cells_of_any_kind_are_read_or_refused(folder: Path, name: str, rows: list[list[bytes]], end: bytes) -> None:
    see_that_it_can_be_asked(read(folder, end.join([HEADERS[name], *(b",".join(cells) for cells in rows)])))


@given(data=st.data(), name=st.sampled_from([name for name in TRACES if name not in HEADERS]))
def test_values_of_any_kind_are_read_or_refused(folder: Path, data: st.DataObject, name: str) -> None:
    import msgspec

    inner = st.dictionaries(st.sampled_from(["endpointOutput", "inferenceTime", "usage", "data"]), NUMBERS, max_size=3)
    values = st.fixed_dictionaries(dict.fromkeys(TRACES[name].columns, NUMBERS | inner))
    rows = data.draw(st.lists(values, min_size=1, max_size=4))
    see_that_it_can_be_asked(read(folder, b"\n".join(map(msgspec.json.encode, rows))))


def dispersion(at_ns: Whole, slice_s: float, span_s: float) -> float:
    """Index of dispersion: variance of counts over their mean; 1 for a Poisson process."""
    counts = np.histogram(at_ns, np.arange(0, span_s + slice_s, slice_s) * 1e9)[0]
    return float(counts.var() / counts.mean())


def table_of(at_s: Floats, session: Whole | None = None) -> Table:
    at_s, order = np.sort(at_s), np.argsort(at_s, kind="stable")
    ones, none = np.ones(len(at_s), dtype=np.int64), np.array([], dtype=np.int64)
    at_ns = ((at_s - at_s[0]) * 1e9).astype(np.int64)
    starts = np.zeros(len(at_s) + 1, dtype=np.int64)
    return Table(at_ns, ones, ones, starts, none, 0, None if session is None else session[order], ones, 0 * ones)


def swinging(span_s: float, seed: int) -> Table:
    """Strangers whose rate swings between 2 and 38 a second, a minute each: all of it is in common."""
    drawn = np.random.default_rng(seed)
    rates = np.where(np.arange(int(span_s)) // 60 % 2 == 0, 2, 38)
    return table_of(np.concatenate([at + drawn.random(count) for at, count in enumerate(drawn.poisson(rates))]))


def bursts(span_s: float, seed: int) -> Table:
    """Conversations at a steady rate, each of which asks up to 30 times within a second: all of it is within them."""
    drawn = np.random.default_rng(seed)
    begins = np.sort(drawn.random(int(span_s / 4)) * (span_s - 1))
    sizes = drawn.integers(1, 31, len(begins))
    session = np.repeat(np.arange(len(begins)), sizes)
    return table_of(np.repeat(begins, sizes) + drawn.random(len(session)), session)


SPAN_S = 7200.0


@pytest.mark.parametrize("share", [0.2, 0.5])
def test_thinned_the_rate_swings_by_the_same_share_of_itself(share: float) -> None:
    """The excess over a Poisson process's 1 falls with the rate, as of a crowd of which a part stays away."""
    whole = swinging(SPAN_S, 3)
    before, after = (dispersion(scaled(whole, factor, 4).at_ns, 1, SPAN_S) for factor in (1.0, share))
    assert before > 15
    assert after == pytest.approx(1 + share * (before - 1), rel=0.05)


@pytest.mark.parametrize("share", [0.2, 0.5])
def test_thinned_the_bursts_within_conversations_stay(share: float) -> None:
    whole = bursts(SPAN_S, 5)
    before = dispersion(whole.at_ns, 10, SPAN_S)
    after = [dispersion(scaled(whole, share, seed).at_ns, 10, SPAN_S) for seed in range(10)]
    assert before > 15
    assert np.mean(after) == pytest.approx(before, rel=0.1)


@pytest.mark.parametrize("factor", [2.0, 3.5])
@pytest.mark.parametrize(("make", "slice_s"), [(swinging, 1), (bursts, 10)])
def test_superposed_the_index_of_dispersion_stays(make: Callable[..., Table], slice_s: float, factor: float) -> None:
    """On average over how copies fall: the bursts of one may fall on the calm, or on the bursts, of another."""
    whole = make(SPAN_S / 2, 7)
    before = dispersion(whole.at_ns, slice_s, SPAN_S / 2)
    after = [dispersion(scaled(whole, factor, seed).at_ns, slice_s, SPAN_S / 2) for seed in range(40)]
    assert np.mean(after) == pytest.approx(before, rel=0.2)


@given(st.sampled_from([swinging, bursts]), st.floats(0.1, 5.0), st.integers(0, 99))
def test_there_are_so_many_times_as_many_in_the_same_time(make: Callable[..., Table], factor: float, seed: int) -> None:
    whole = make(600.0, 1)
    more = scaled(whole, factor, seed)
    assert abs(len(more) - factor * len(whole)) <= 30
    assert more.at_ns[-1] <= whole.at_ns[-1]
