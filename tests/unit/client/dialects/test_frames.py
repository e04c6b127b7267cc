"""What breaks an event stream off, and how it is counted."""

from __future__ import annotations

import pytest

from pytest_fmbench.catalog import DIALECTS
from pytest_fmbench.client.dialects.body import Body
from pytest_fmbench.model.exchange import End
from pytest_fmbench.model.record import RequestRecord
from pytest_fmbench.testing.shapes.event_stream import event, frame
from tests.support.dialects import amazon
from tests.support.families import exception
from tests.support.recordings import framed, record_of, recorded

FRAMED = [name for name, spoken in amazon.SPOKEN.items() if spoken.framed]


def decoded(name: str, body: bytes) -> RequestRecord:
    return record_of(recorded(framed(body, []), []), DIALECTS[name]())


def begun(name: str) -> bytes:
    """A reply up to its first chunk."""
    pieces = amazon.SPOKEN[name].replies["content"].pieces
    first = next(nth for nth, piece in enumerate(pieces) if piece.kind)
    return b"".join(piece.data for piece in pieces[: first + 1])


@pytest.mark.parametrize("name", FRAMED)
@pytest.mark.parametrize(
    ("kind", "cause"),
    [
        ("throttlingException", "throttled"),
        ("ThrottlingException", "throttled"),
        ("modelTimeoutException", "status"),
        ("InternalStreamFailure", "status"),
    ],
)
def test_an_exception_in_mid_stream_has_its_name_and_cause(name: str, kind: str, cause: str) -> None:
    for spelled in ("message", "Message"):
        found = decoded(name, begun(name) + exception(kind, "not now", spelled))
        assert found.error == f"{cause}: error event in the stream: {kind}: not now"
        assert len(found.chunk_ns) == 1


@pytest.mark.parametrize("name", FRAMED)
def test_an_error_of_the_encoding_itself_is_told(name: str) -> None:
    broken = frame({":message-type": "error", ":error-code": "InternalError", ":error-message": "gone"}, b"")
    found = decoded(name, begun(name) + broken)
    assert found.error == "status: error event in the stream: InternalError: gone"


@pytest.mark.parametrize("name", FRAMED)
@pytest.mark.parametrize("said", [b"", b"{}", b"[1]", b"null"])
def test_an_exception_that_says_nothing_has_its_name(name: str, said: bytes) -> None:
    broken = frame({":message-type": "exception", ":exception-type": "internalServerException"}, said)
    assert "internalServerException" in (decoded(name, begun(name) + broken).error or "")


@pytest.mark.parametrize("name", FRAMED)
def test_what_is_no_event_stream_is_the_protocols_fault(name: str) -> None:
    found = decoded(name, begun(name) + b"\x00" * 40)
    assert found.error == (
        f"protocol: no event stream: the checksum of the prelude at byte {len(begun(name))} is another"
    )
    assert len(found.chunk_ns) == 1


@pytest.mark.parametrize("name", FRAMED)
def test_events_of_other_names_say_nothing(name: str) -> None:
    said = amazon.SPOKEN[name].replies["content"]
    other = event("initial-response", b"{}") + frame({}, b"?") + event("ping", b"no JSON")
    assert decoded(name, other + said.body).error is None


def test_stamps_are_of_the_read_that_completed_a_frame() -> None:
    first, second = (event("contentBlockDelta", b'{"delta":{"text":"a"}}') for _ in range(2))
    reads = [(10, first[:-1]), (20, first[-1:] + second[:5]), (30, second[5:])]
    body = Body.of(reads)
    reply = DIALECTS["bedrock-converse"]().read(body)
    assert list(body.stamps(reply.chunks.at).ns) == [20, 30]


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"429 Too Many Requests\r\n", "throttled: 429: slow down"),
        (
            b"429 X\r\nx-amzn-ErrorType: ThrottledException:a/b\r\n",
            "throttled: 429: ThrottledException: slow down",
        ),
        (b"400 X\r\nx-amzn-ErrorType: ThrottlingException\r\n", "throttled: 400: ThrottlingException: slow down"),
        (b"429 X\r\nx-amzn-ErrorType: ModelNotReadyException\r\n", "status: 429: ModelNotReadyException: slow down"),
        (b"403 X\r\nx-amzn-errortype: ExpiredTokenException\r\n", "status: 403: ExpiredTokenException: slow down"),
    ],
)
@pytest.mark.parametrize("spelled", [b"message", b"Message"])
def test_what_aws_refuses_has_its_name_and_cause(head: bytes, expected: str, spelled: bytes) -> None:
    body = b'{"%s":"slow down"}' % spelled
    response = b"HTTP/1.1 %bContent-Length: %d\r\n\r\n%b" % (head, len(body), body)
    found = record_of(recorded(response, [], End.COMPLETE), DIALECTS["bedrock-converse"]())
    assert found.error == expected
