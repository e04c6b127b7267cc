"""Runs that left records, but none that a verdict could rest on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from pathlib import Path

from pytest_fmbench.catalog import DIALECTS, METRICS
from pytest_fmbench.client.dialects.base import Dialect, Reply
from pytest_fmbench.client.dialects.openai_chat import OpenAIChat
from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.exchange import End, Exchange, Phase, Recording, Ticket
from pytest_fmbench.model.registry import Registry
from pytest_fmbench.runs.report import Report, interrupted, report
from pytest_fmbench.store.session import write_json
from pytest_fmbench.store.spool import SpoolWriter
from pytest_fmbench.store.table import write_measurement
from tests.support.mock_server import chat_reply, plain
from tests.support.records import measured, record


def spooled(folder: Path, *replies: bytes, end: End = End.COMPLETE) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    with closing(SpoolWriter(folder / "spool")) as writer:
        for index, reply in enumerate(replies):
            recording = Recording(sent_ns=100, done_ns=105, end=end)
            recording.note(105, 100, reply)
            writer.append(Exchange(f"r{index}", Ticket(index, Phase.WINDOW, 90, 95), recording))
    return folder


def raw(steps: Sequence[bytes | float | None]) -> bytes:
    return b"".join(step for step in steps if isinstance(step, bytes))


def told(*cases: Path) -> Report:
    return report(cases, METRICS, DIALECTS)


def test_a_spool_is_an_interrupted_run(tmp_path: Path) -> None:
    spooled(tmp_path / "killed", raw(chat_reply()), raw(plain(500, "{}")), raw(chat_reply()))
    found = told(tmp_path / "killed")
    problem = "interrupted: 2 requests complete, 1 failed; window unknown (read as openai-chat)"
    assert found == Report([], [("killed", problem)])
    assert not found.passed


class Deaf(OpenAIChat):
    """Another dialect, to which a chat says nothing."""

    name = "deaf"

    def read(self, body: Iterable[tuple[int, bytes]]) -> Reply:  # noqa: ARG002  # it does not listen
        return Reply()


def absent() -> Dialect:
    """A dialect whose package is not here."""
    raise UsageError("the dialect absent needs packages that are not installed")


def test_a_spool_is_read_in_the_dialect_that_makes_sense_of_it(tmp_path: Path) -> None:
    spooled(tmp_path, raw(chat_reply()))
    chat = "pytest_fmbench.client.dialects.openai_chat:OpenAIChat"
    several = {"deaf": f"{__name__}:Deaf", "absent": f"{__name__}:absent", "chat": chat}
    found = interrupted(tmp_path, Registry[Callable[[], Dialect]]("dialect", several))
    assert found == "interrupted: 1 requests complete; window unknown (read as openai-chat)"


def test_what_was_cut_off_is_neither_complete_nor_failed(tmp_path: Path) -> None:
    spooled(tmp_path / "killed", raw(chat_reply()[:4]), end=End.CENSORED)
    assert told(tmp_path / "killed").unjudged[0][1].startswith("interrupted: 0 requests complete; window unknown")


def test_a_torn_frame_does_not_hide_the_whole_ones(tmp_path: Path) -> None:
    spool = spooled(tmp_path, raw(chat_reply()), raw(chat_reply())) / "spool"
    spool.write_bytes(spool.read_bytes()[:-1])
    assert "interrupted: 1 requests complete;" in told(tmp_path).unjudged[0][1]


def test_a_spool_outdoes_what_an_earlier_run_left(tmp_path: Path) -> None:
    write_measurement(tmp_path / "requests.parquet", measured(record((105,))))
    write_json(tmp_path / "case.json", {"verdicts": [{"outcome": "pass"}]})
    spooled(tmp_path)
    found = told(tmp_path)
    assert found.summaries == []
    assert "interrupted: 0 requests complete" in found.unjudged[0][1]


def test_a_table_without_a_summary_is_not_judged(tmp_path: Path) -> None:
    requests = measured(record((105,)), record((115,)), record((105,), phase="warmup"))
    write_measurement(tmp_path / "requests.parquet", requests)
    problem = "not judged: 2 requests in its window, but the case broke off before its verdict"
    assert told(tmp_path) == Report([], [(tmp_path.name, problem)])


def test_a_folder_without_records_is_not_judged(tmp_path: Path) -> None:
    assert not told(tmp_path).passed
    assert told(tmp_path).unjudged[0][1] == "interrupted: it broke off before anything was recorded"


def test_a_run_that_was_cut_off_in_a_round_counts_the_whole_ones_too(tmp_path: Path) -> None:
    folder = tmp_path / "killed"
    spooled(folder / "round.1", raw(chat_reply()), raw(plain(500, "{}")))
    (folder / "round.0").mkdir()
    rows = measured(record((105,)), record((115,)), record(status="failed"), record((105,), status="censored"))
    write_measurement(folder / "round.0" / "requests.parquet", rows)
    problem = "interrupted: 3 requests complete, 2 failed, 1 rounds whole; window unknown (read as openai-chat)"
    assert told(folder) == Report([], [("killed", problem)])


def test_a_round_whose_spool_is_there_is_not_whole(tmp_path: Path) -> None:
    spooled(tmp_path / "round.0", raw(chat_reply()))
    write_measurement(tmp_path / "round.0" / "requests.parquet", measured(record((105,)), record((115,))))
    assert "1 requests complete, 0 rounds whole;" in told(tmp_path).unjudged[0][1]


def test_rounds_that_lie_beside_a_table_are_newer(tmp_path: Path) -> None:
    write_measurement(tmp_path / "requests.parquet", measured(record((105,))))
    (tmp_path / "round.0").mkdir()
    assert told(tmp_path).unjudged[0][1].startswith("interrupted: 0 requests complete, 0 rounds whole")
