from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from pytest_fmbench.client.dialects.openai_chat import OpenAIChat
from pytest_fmbench.model.exchange import End, Exchange, Phase, Recording, Ticket
from pytest_fmbench.quality.task import Task
from pytest_fmbench.runs.qualities.asking import new_spool, spools
from pytest_fmbench.runs.qualities.greedy import greedy
from pytest_fmbench.runs.qualities.reading import StoreText, read_back
from pytest_fmbench.store.spool import SpoolWriter
from tests.support.answers import item
from tests.support.mock_server import END, HEAD, delta, plain, sse

TASK = Task("t", tuple(item(name, answers=(name,)) for name in "abc"))


def exchange(index: int, response: bytes, end: End = End.COMPLETE) -> Exchange:
    recording = Recording(sent_ns=1, done_ns=9, end=end)
    recording.note(5, 5, response)
    return Exchange(f"r{index}", Ticket(index, Phase.WINDOW, 0, 0), recording)


def whole(*texts: str, finish: str = "stop") -> bytes:
    return HEAD + b"".join(sse(delta(text)) for text in texts) + sse(delta(finish=finish), b"[DONE]") + END


def spooled(path: Path, *exchanges: Exchange) -> Path:
    writer = SpoolWriter(path)
    for one in exchanges:
        writer.append(one)
    writer.close()
    return path


def test_what_came_back_is_marked(tmp_path: Path) -> None:
    (refused,) = plain(500, "{}")
    assert isinstance(refused, bytes)
    spool = spooled(new_spool(tmp_path), exchange(0, whole("A", ".")), exchange(1, whole()), exchange(2, refused))
    seen = list[str]()
    found = read_back([spool], TASK, OpenAIChat(), StoreText.FULL, lambda record: seen.append(record.request_id))
    assert seen == ["r0", "r1", "r2"]
    assert (found["a"].text, found["a"].scores, found["a"].error) == ("A.", {"exact_match": 1.0}, None)
    assert (found["b"].text, found["b"].score, found["b"].wrong) == ("", 0.0, True)  # to say nothing is an answer
    assert found["c"].error is not None
    assert found["c"].error.startswith("status: 500")
    assert found["c"].scores == {}


def test_what_was_asked_again_is_as_it_was_then(tmp_path: Path) -> None:
    first = spooled(new_spool(tmp_path), exchange(0, b"HTTP/1.1 200 OK\r\n", End.RESET))
    second = spooled(new_spool(tmp_path), exchange(0, whole("a")))
    assert [first, second] == spools(tmp_path)
    assert read_back(spools(tmp_path), TASK, OpenAIChat(), StoreText.NONE, lambda _: None)["a"].score == 1.0


def test_spools_are_in_the_order_in_which_they_were_made(tmp_path: Path) -> None:
    made = [spooled(new_spool(tmp_path)) for _ in range(12)]
    assert spools(tmp_path) == made


def test_how_much_of_a_text_is_kept() -> None:
    assert StoreText("none").kept("x") is None
    assert StoreText("full").kept("x") == "x"
    assert StoreText("hash").kept("x\ud800") == sha256("x\ud800".encode("utf-8", "surrogatepass")).hexdigest()


def test_each_dialect_says_greedy_in_its_own_words() -> None:
    assert greedy("openai-chat") == greedy("anthropic-messages") == {"temperature": 0}
    assert greedy("ollama-chat") == {"options": {"temperature": 0}}
    assert greedy("bedrock-converse-whole") == {"inferenceConfig": {"temperature": 0}}
