from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_fmbench.errors import StoreError
from pytest_fmbench.model.exchange import End, Exchange, Phase, Recording, Ticket
from pytest_fmbench.store.spool import SpoolReader, SpoolWriter, read_spool

STAMP = st.integers(0, 2**62)
READS = st.lists(st.tuples(STAMP, st.binary(max_size=50)), max_size=5)


def exchange(
    request_id: str = "r", reads: list[tuple[int, bytes]] | None = None, end: End | None = End.COMPLETE
) -> Exchange:
    reads = [(7, b"HTTP/1.1 200 OK\r\n")] if reads is None else reads
    recording = Recording(1, 2, 3, 4, done_ns=9, end=end, detail="why", reconnects=1)
    for stamp, data in reads:
        recording.note(stamp, stamp - 1, data)
    return Exchange(request_id, Ticket(5, Phase.WINDOW, 10, 11), recording, "s", 2, 3, 4)


def spooled(path: Path, *exchanges: Exchange) -> Path:
    with closing(SpoolWriter(path)) as writer:
        for one in exchanges:
            writer.append(one)
    return path


@given(st.lists(st.builds(exchange, st.text(max_size=9), READS, st.none() | st.sampled_from(End)), max_size=4))
def test_what_is_appended_is_read(tmp_path_factory: pytest.TempPathFactory, exchanges: list[Exchange]) -> None:
    path = spooled(tmp_path_factory.mktemp("spool") / "spool", *exchanges)
    assert list(read_spool(path)) == exchanges


def test_a_torn_frame_at_the_end_is_left_out(tmp_path: Path) -> None:
    whole = spooled(tmp_path / "whole", exchange("a"), exchange("b")).read_bytes()
    one = len(spooled(tmp_path / "one", exchange("a")).read_bytes())
    torn = tmp_path / "torn"
    for cut in range(one, len(whole)):
        torn.write_bytes(whole[:cut])
        assert [found.request_id for found in read_spool(torn)] == ["a"]


def test_a_spool_can_be_followed_while_it_grows(tmp_path: Path) -> None:
    whole = spooled(tmp_path / "whole", *map(exchange, "abc")).read_bytes()
    growing, taken = tmp_path / "growing", []
    growing.touch()
    with closing(SpoolReader(growing)) as reader, growing.open("ab", buffering=0) as file:
        for begin in range(0, len(whole), 50):
            file.write(whole[begin : begin + 50])
            taken += [(found.request_id, growing.stat().st_size) for found in reader.take()]
    size = len(whole) / 3
    assert [name for name, _ in taken] == ["a", "b", "c"]
    assert all(nth * size <= at < nth * size + 50 for nth, (_, at) in enumerate(taken, 1))


def test_what_is_taken_is_not_taken_again(tmp_path: Path) -> None:
    with closing(SpoolReader(spooled(tmp_path / "spool", exchange()))) as reader:
        assert [len(list(reader.take())) for _ in range(2)] == [1, 0]


def test_what_is_not_asked_for_yet_is_not_lost(tmp_path: Path) -> None:
    with closing(SpoolReader(spooled(tmp_path / "spool", *map(exchange, "abc")))) as reader:
        assert next(reader.take()).request_id == "a"
        assert [found.request_id for found in reader.take()] == ["b", "c"]


def test_half_a_surrogate_pair_is_written_as_what_it_is(tmp_path: Path) -> None:
    (found,) = read_spool(spooled(tmp_path / "spool", exchange("a\ud800")))
    assert found.request_id == r"a\ud800"


def test_a_file_of_another_kind_is_damaged(tmp_path: Path) -> None:
    (tmp_path / "spool").write_bytes(b"PAR1" * 10)
    with pytest.raises(StoreError, match="damaged at byte 0"):
        list(read_spool(tmp_path / "spool"))


def test_damage_in_the_middle_is_an_error(tmp_path: Path) -> None:
    path = spooled(tmp_path / "spool", exchange("a"), exchange("b"))
    data = bytearray(path.read_bytes())
    data[40] ^= 1
    path.write_bytes(data)
    with pytest.raises(StoreError, match="damaged at byte 0"):
        list(read_spool(path))


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="nowhere"):
        SpoolWriter(tmp_path / "nowhere/spool")
    with pytest.raises(StoreError, match="nowhere"):
        list(read_spool(tmp_path / "nowhere/spool"))


def test_a_write_that_is_cut_short_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(SpoolWriter(tmp_path / "spool")) as writer:
        monkeypatch.setattr("os.write", lambda _, data: len(data) - 1)
        with pytest.raises(StoreError, match=r"took \d+ of \d+ bytes; is the disk full"):
            writer.append(exchange())


def test_a_full_disk_is_an_error() -> None:
    with closing(SpoolWriter(Path("/dev/full"))) as writer, pytest.raises(StoreError, match="is the disk full"):
        writer.append(exchange())
