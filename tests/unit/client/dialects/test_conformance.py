"""What every dialect must do, on replies as its stack's documents write them (``tests/support/dialects``)."""

from __future__ import annotations

import base64
import json
import re
from itertools import accumulate

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_fmbench.catalog import DIALECTS
from pytest_fmbench.client.dialects.body import Body
from pytest_fmbench.client.dialects.calling import call_of
from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.endpoint import Endpoint
from pytest_fmbench.model.exchange import End
from pytest_fmbench.model.prompt import Message, Prompt
from pytest_fmbench.model.record import KINDS, RequestRecord
from tests.support.dialects import ABSENT, HERE, SPOKEN
from tests.support.dialects.base import Piece, Said
from tests.support.recordings import framed, record_of, recorded

NAMES = HERE
STREAMED = [name for name in NAMES if name in SPOKEN and SPOKEN[name].streamed]
REPLIES = [
    pytest.param(name, said, id=f"{name}-{shown}")
    for name in NAMES
    if name in SPOKEN
    for shown, said in SPOKEN[name].replies.items()
]
STREAMS = [param for param in REPLIES if param.values[0] in STREAMED]
SAME = {
    ("hf-inputs", "tgi-generate"),
    ("triton-generate", "triton-llmapi"),
    ("triton-grpc", "triton-grpc-vllm"),
    ("openai-chat-whole", "sagemaker-messages-whole"),
    ("rerank", "tei-rerank"),
    ("hf-inputs-whole", "sagemaker-inputs-whole"),
    ("triton-generate-whole", "sagemaker-generate-whole"),
    ("kserve-v2", "sagemaker-infer"),
}
"""Who also understands whom: containers of SageMaker answer as TGI does, if they are set up so. Triton's
texts have one form. What comes in one piece, SageMaker hands on as it is."""

IMAGE = Prompt((Message("user", "What?", ("data:image/png;base64,AA==",)),), max_tokens=3)
TEMPLATED = Prompt((Message("user", "<user>hello"),), max_tokens=3, templated=True)
ENDLESS = Prompt((Message("user", "a"),), max_tokens=3, ignore_eos=True)


def decoded(name: str, body: bytes, end: End = End.COMPLETE) -> RequestRecord:
    return record_of(recorded(framed(body, []), [], end), DIALECTS[name]())


def columns(found: RequestRecord) -> list[object]:
    """What does not depend on when anything came."""
    counts = found.input_tokens, found.output_tokens, found.cached_tokens, found.counted_output_tokens
    return [[*found.chunk_tokens], [*found.chunk_kind], *counts, found.finish_reason, found.server_timings, found.error]


def lineend(piece: Piece) -> int:
    """Bytes at the end of a line of JSON that nobody has to wait for."""
    return int(piece.data.endswith(b"}\n"))


def asked(name: str, prompt: Prompt) -> bytes:
    """The JSON that asks it, or why it cannot be asked."""
    try:
        return DIALECTS[name]().call(prompt, "m", {}).body
    except UsageError as error:
        return str(error).encode()


def usual(name: str) -> Said:
    return SPOKEN[name].replies["content"]


def test_every_dialect_has_its_replies() -> None:
    assert SPOKEN.keys() == {*DIALECTS}, "a dialect needs a line in tests/support/dialects, and each line a dialect"


def test_what_is_not_installed_is_not_checked() -> None:
    if ABSENT:
        pytest.skip("; ".join(ABSENT.values()))


@pytest.mark.parametrize("name", NAMES)
def test_it_asks_as_its_stack_wants_to_be_asked(name: str) -> None:
    spoken, dialect = SPOKEN[name], DIALECTS[name]()
    call = call_of(dialect, spoken.prompt, Endpoint("http://x", "m", name))
    assert dialect.name == name
    assert call.path == spoken.path
    assert spoken.read_asked(call.body) == spoken.asked
    assert spoken.source.startswith("https://")


@pytest.mark.parametrize("name", NAMES)
def test_the_fields_of_an_endpoint_are_asked_too(name: str) -> None:
    endpoint = Endpoint("http://x", "m", name, request_fields={"seed": 3})
    body = call_of(DIALECTS[name](), SPOKEN[name].prompt, endpoint).body
    assert SPOKEN[name].read_asked(body) == {**SPOKEN[name].asked, "seed": 3}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("prompt", "sign"), [(IMAGE, b"AA=="), (TEMPLATED, b"<user>hello"), (ENDLESS, b"eos")])
def test_what_it_cannot_carry_it_refuses_with_a_way_out(name: str, prompt: Prompt, sign: bytes) -> None:
    if name == "openai-embeddings" and prompt.ignore_eos:
        pytest.skip("it has no reply that could end")
    found = asked(name, prompt)
    assert sign in found or re.search(b"the dialect openai-|use a workload", found)


@pytest.mark.parametrize(("name", "said"), REPLIES)
def test_a_reply_is_understood(name: str, said: Said) -> None:
    found, chunks = decoded(name, said.body), [piece for piece in said.pieces if piece.kind]
    assert (found.status, found.error) == ("ok", None)
    assert list(found.chunk_kind) == [piece.kind for piece in chunks]
    assert list(found.chunk_tokens) == [piece.tokens for piece in chunks]
    assert (found.input_tokens, found.output_tokens, found.cached_tokens, found.finish_reason) == (
        said.input_tokens,
        said.output_tokens,
        said.cached_tokens,
        said.finish_reason,
    )
    assert found.counted_output_tokens == said.counted
    assert (found.items, found.reasoning_tokens) == (said.items, said.reasoning_tokens)
    assert json.loads(found.server_timings or "null") == said.timings


@pytest.mark.parametrize(("name", "said"), REPLIES)
def test_a_chunk_is_complete_with_its_last_byte(name: str, said: Said) -> None:
    found = DIALECTS[name]().read(Body.of([(1, said.body)]))
    ends = accumulate(len(piece.data) for piece in said.pieces)
    assert list(found.chunks.at) == [end for piece, end in zip(said.pieces, ends, strict=True) if piece.kind]


@pytest.mark.parametrize("name", NAMES)
def test_an_error_in_mid_stream_is_one_and_what_came_is_kept(name: str) -> None:
    pieces, told = SPOKEN[name].error
    if not pieces:
        pytest.skip("its errors are statuses")
    found = decoded(name, b"".join(piece.data for piece in pieces))
    assert (found.status, found.error) == ("failed", f"status: error event in the stream: {told}")
    assert list(found.chunk_kind) == [piece.kind for piece in pieces if piece.kind]


@pytest.mark.parametrize("name", NAMES)
def test_a_reply_whose_connection_breaks_off_is_truncated(name: str) -> None:
    said = usual(name)
    ends = [*accumulate(len(piece.data) for piece in said.pieces)]
    ends = [end - lineend(piece) for piece, end in zip(said.pieces, ends, strict=True)]
    for cut in range(len(said.body)):
        found = record_of(recorded(framed(said.body[:cut], [], b""), [], End.CLOSED), DIALECTS[name]())
        whole = [piece.kind for piece, end in zip(said.pieces, ends, strict=True) if piece.kind and end <= cut]
        assert list(found.chunk_kind) == whole, cut
        assert (found.error or "").startswith("truncated: "), cut


@pytest.mark.parametrize("name", STREAMED)
def test_a_stream_that_ends_in_order_too_early_is_truncated(name: str) -> None:
    if not SPOKEN[name].ends:
        pytest.skip("nothing but HTTP tells the end of its replies")
    said = usual(name)
    lengths = [len(piece.data) for piece in said.pieces]
    last = max(nth for nth, piece in enumerate(said.pieces) if piece.kind)
    for cut in range(sum(lengths[: last + 1]) - lineend(said.pieces[last])):
        error = decoded(name, said.body[:cut]).error or ""
        assert error.startswith("truncated: the stream ended without a finish reason"), cut


@pytest.mark.parametrize(("name", "said"), STREAMS)
@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(1, 300), max_size=9), st.lists(st.integers(0, 3000), max_size=12))
def test_it_does_not_matter_where_the_bytes_are_cut(name: str, said: Said, sizes: list[int], cuts: list[int]) -> None:
    found = record_of(recorded(framed(said.body, sizes), cuts), DIALECTS[name]())
    assert columns(found) == columns(decoded(name, said.body))


@pytest.mark.parametrize("name", STREAMED)
def test_a_long_reply_is_read_as_a_short_one_is(name: str) -> None:
    if SPOKEN[name].grows:
        pytest.skip("what was said once is nothing new in it")
    pieces = usual(name).pieces
    first = next(nth for nth, piece in enumerate(pieces) if piece.kind)
    body = b"".join(piece.data for piece in (*pieces[:first], *[pieces[first]] * 500, *pieces[first + 1 :]))
    found = DIALECTS[name]().read(Body.of([(1, body)]))
    assert len(found.chunks) == 499 + sum(bool(piece.kind) for piece in pieces)
    assert (found.problem, found.ended) == (None, True)


@pytest.mark.parametrize("name", NAMES)
def test_another_stack_makes_no_sense_to_it(name: str) -> None:
    for other in {*NAMES} - {name}:
        for shown, said in SPOKEN[other].replies.items():
            if (name, other) not in SAME and (other, name) not in SAME:
                assert decoded(name, said.body).status == "failed", (other, shown)


def vocabulary(name: str) -> list[str]:
    """Every string that its replies hold, names included."""
    bodies = b"".join(said.body for said in SPOKEN[name].replies.values())
    bodies += b"".join(base64.b64decode(held) for held in re.findall(rb'"bytes":"([^"]+)"', bodies))
    return sorted({text.decode("utf-8", "replace") for text in re.findall(rb'"([^"\\]{1,60})"', bodies)}) or ["a"]


def garbled(name: str) -> st.SearchStrategy[object]:
    """JSON of a dialect's own words in no order."""
    words = st.sampled_from(vocabulary(name))
    leaves = st.none() | st.booleans() | st.integers() | st.floats() | words
    return st.recursive(
        leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=5), max_leaves=15
    )


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=25, deadline=None)
@given(st.data(), st.binary(max_size=60))
def test_it_never_raises(name: str, data: st.DataObject, junk: bytes) -> None:
    dialect, said = DIALECTS[name](), json.dumps(data.draw(garbled(name))).encode()
    framed = SPOKEN[name].framed
    for piece in (said, junk):
        bodies = (piece, b"data: %s\n\n" % piece, piece + b"\n", b"event: a\ndata:%s\n\n" % piece, b"{}\n" + piece)
        for body in (*bodies, framed(piece) if framed else b""):
            found = dialect.read(Body.of([(1, body)]))
            assert {*found.chunks.kinds} <= {*range(len(KINDS))}
            assert len(found.chunks.at) == len(found.chunks.tokens) == len(found.chunks.kinds)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("junk", [b"{", b"nul", b"[1]", b'"x"', b"7", b"\xff", b"[" * 100_000])
def test_what_cannot_be_read_is_a_problem_and_the_rest_is_kept(name: str, junk: bytes) -> None:
    spoken, bad = SPOKEN[name], Piece(junk)
    if spoken.streamed:
        pieces = usual(name).pieces
        lines = not pieces[0].data.startswith((b"data", b"event"))
        bad = Piece(junk + b"\n" if lines else b"data: " + junk + b"\n\n")
        bad = Piece(spoken.framed(junk)) if spoken.framed else bad
        found = decoded(name, b"".join(piece.data for piece in (*pieces[:-1], bad, pieces[-1])))
        assert len(found.chunk_ns) == sum(bool(piece.kind) for piece in pieces)
    else:
        found = decoded(name, spoken.framed(junk) if spoken.framed else junk)
    assert (found.error or "").startswith("protocol: unreadable event")
