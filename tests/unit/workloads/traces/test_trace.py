"""A trace as a workload: lengths by the model's own tokenizer, prefixes in common, options that show."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_fmbench import trace
from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.prompt import Prompt
from pytest_fmbench.model.recorded import Recorded
from pytest_fmbench.model.workload import Fitted
from pytest_fmbench.workloads.traces.trace import Trace
from tests.support.traces import OVERHEAD, count, json_lines, mooncake, written

SYSTEM, FIRST, SECOND = 0, 1, 2
ROWS = [
    mooncake(0, 700, [SYSTEM, 10]),
    mooncake(1000, 1600, [SYSTEM, FIRST, SECOND, 11], output=9),
    mooncake(2000, 1700, [SYSTEM, FIRST, SECOND, 12], output=300),
    mooncake(2000, 12, [13]),
    mooncake(4000, 600, [SYSTEM]),
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return json_lines(tmp_path / "an hour (2).jsonl", ROWS)


def words(prompt: Prompt) -> list[str]:
    return prompt.messages[0].content.partition(": ")[2].split()


def in_common(one: Prompt, other: Prompt) -> int:
    """Tokens that two prompts begin with, the template included."""
    pairs = zip(words(one), words(other), strict=False)
    return OVERHEAD + next((nth for nth, (a, b) in enumerate(pairs) if a != b), min(len(words(one)), len(words(other))))


def test_it_is_a_recorded_workload_that_must_be_fitted(path: Path) -> None:
    unfitted = trace(path)
    assert isinstance(unfitted, Recorded)
    assert isinstance(unfitted, Fitted)
    with pytest.raises(UsageError, match="before it is fitted"):
        unfitted.prompt(0, 0)


def test_prompts_and_replies_are_as_long_as_they_were(path: Path) -> None:
    fitted = trace(path).fit(count)
    lengths = [(count(prompt), prompt.max_tokens) for prompt in (fitted.prompt(index, 0) for index in range(5))]
    least = OVERHEAD + 3
    assert lengths == [(700, 4), (1600, 9), (1700, 300), (least, 4), (600, 4)]
    assert fitted.prompt(0, 0).ignore_eos
    assert fitted.notes() == ["1 of 5 prompts are lengthened to what the template takes"]


def test_alike_blocks_are_alike_tokens_exactly(path: Path) -> None:
    first, second, third, _, whole = (trace(path).fit(count).prompt(index, 7) for index in range(5))
    assert in_common(second, third) == 3 * 512
    assert in_common(first, second) == 512
    assert in_common(first, whole) == 512, "what lies behind the last block is each one's own"


def test_other_seeds_and_later_laps_have_other_words_and_the_same_structure(path: Path) -> None:
    fitted = trace(path).fit(count)
    assert in_common(fitted.prompt(1, 0), fitted.prompt(1, 1)) < OVERHEAD + 20
    assert in_common(fitted.prompt(1, 0), fitted.prompt(6, 0)) < OVERHEAD + 20
    assert in_common(fitted.prompt(6, 0), fitted.prompt(7, 0)) == 3 * 512
    assert fitted.prompt(6, 3) == trace(path).fit(count).prompt(6, 3)


def test_rows_without_blocks_are_all_different(tmp_path: Path) -> None:
    rows = ["TIMESTAMP,ContextTokens,GeneratedTokens", *["2023-11-16 18:17:03,34,1"] * 3000]
    fitted = trace(written(tmp_path / "t.csv", rows)).fit(count)
    assert len({fitted.prompt(index, 0).messages for index in range(9000)}) == 9000


@given(
    lengths=st.lists(st.tuples(st.integers(1, 3000), st.integers(0, 8)), min_size=1, max_size=5),
    seed=st.integers(0, 99),
)
def test_lengths_are_exact_however_many_blocks_there_are(
    tmp_path_factory: pytest.TempPathFactory, lengths: list[tuple[int, int]], seed: int
) -> None:
    rows = [mooncake(nth, tokens, range(blocks)) for nth, (tokens, blocks) in enumerate(lengths)]
    fitted = trace(json_lines(tmp_path_factory.mktemp("t") / "t.jsonl", rows)).fit(count)
    asked = [count(fitted.prompt(index, seed)) for index in range(len(rows))]
    assert asked == [max(tokens, OVERHEAD + 3) for tokens, _ in lengths]


def test_clipped_prompts_share_what_they_shared(path: Path) -> None:
    fitted = trace(path, most_input=1000, most_output=5).fit(count)
    first, second, third = (fitted.prompt(index, 0) for index in range(3))
    assert (count(first), count(second), count(third)) == (700, 1000, 1000)
    assert in_common(second, third) == 1000
    assert in_common(first, second) == 512
    assert [fitted.prompt(index, 0).max_tokens for index in range(5)] == [4, 5, 5, 4, 4]
    assert fitted.notes()[:2] == ["2 of 5 prompts are clipped", "2 of 5 replies are clipped"]


def test_conversations_and_turns_are_in_the_requests(tmp_path: Path) -> None:
    lengths = {"input_length": 60, "output_length": 2, "type": "text", "hash_ids": [1, 2]}
    rows = [
        {"chat_id": 8, "parent_chat_id": -1, "timestamp": 0, "turn": 1, **lengths},
        {"chat_id": 9, "parent_chat_id": 8, "timestamp": 1, "turn": 2, **lengths},
    ]
    fitted = trace(json_lines(tmp_path / "t", rows)).fit(count)
    first, second, later = (fitted.prompt(index, 0) for index in (0, 1, 2))
    assert first.session_id == second.session_id != later.session_id
    assert (first.turn, second.turn) == (0, 1)
    assert in_common(first, second) == OVERHEAD + 1, (
        "blocks of 16 tokens: the template takes the first, and 15 of the second"
    )


def test_options_show_in_its_words_and_the_path_does_not(path: Path) -> None:
    asked = trace(path, rows=3, most_input=1000, most_output=5, scale=0.5, seed=2)
    assert str(asked) == "trace:an_hour__2_:scale-0.5:seed-2:rows-3:most_input-1000:most_output-5"
    assert repr(asked) == ("trace('an hour (2).jsonl', scale=0.5, seed=2, rows=3, most_input=1000, most_output=5)")
    assert str(trace(path)) == "trace:an_hour__2_"


def test_it_is_cheap_to_send_and_the_same_there(path: Path) -> None:
    fitted = trace(path).fit(count)
    fitted.prompt(0, 0)
    sent = pickle.dumps(fitted)
    assert len(sent) < 4000
    assert pickle.loads(sent).prompt(2, 5) == fitted.prompt(2, 5)  # noqa: S301  # our own


def test_a_file_that_was_written_anew_is_read_anew(path: Path) -> None:
    assert len(trace(path).times_ns()) == 5
    json_lines(path, ROWS[:2])
    assert len(trace(path).times_ns()) == 2


def test_a_window_is_a_part_of_it_counted_from_its_begin(path: Path) -> None:
    part = trace(path).within(0.5, 4.0)
    assert part.times_ns().tolist() == [500_000_000, 1_500_000_000, 1_500_000_000]
    assert count(part.fit(count).prompt(0, 0)) == 1600
    with pytest.raises(UsageError, match=r"window=\(9, 10\): trace:an_hour__2_ lasts 4\.0 s, and no request came then"):
        trace(path).within(9.0, 10.0)


def test_what_a_server_is_tried_with_is_small_and_nobody_asks_it(path: Path) -> None:
    fitted = trace(path).fit(count)
    least = fitted.least(0)
    assert (count(least), least.max_tokens) == (OVERHEAD + 3, 4)
    assert least.messages not in [fitted.prompt(index, 0).messages for index in range(500)]


def test_what_does_not_fit_a_context_is_counted(path: Path) -> None:
    fitted = trace(path).fit(count)
    assert [fitted.beyond(context) for context in (2000, 1999, 1608, 100, 1)] == [0, 1, 2, 4, 5]
    assert trace(path, most_input=500, most_output=12).fit(count).beyond(512) == 0
    assert fitted.input_tokens() == round((700 + 1600 + 1700 + 34 + 600) / 5)


def test_facts_say_what_it_is_made_of(path: Path) -> None:
    told = trace(path, rows=3, most_input=1000).facts()
    assert told == {
        "format": "mooncake",
        "rows": 5,
        "skipped": {},
        "backwards": 0,
        "requests": 3,
        "span_s": 2.0,
        "input_tokens": 900.0,
        "output_tokens": pytest.approx(313 / 3),
        "clipped_inputs": 2,
        "clipped_outputs": 0,
        "lengthened_inputs": 0,
        "without_images": 0,
    }


def test_notes_say_what_was_left_out(tmp_path: Path) -> None:
    lines = [
        "TIMESTAMP,NumImages,ContextTokens,GeneratedTokens",
        "2024-10-15T12:00:01Z,2,40,4",
        "2024-10-15T12:00:00Z,0,50,5",
    ]
    lines += ["2024-10-15T12:00:09Z,0,50,0"] * 2
    assert trace(written(tmp_path / "t", lines)).notes() == [
        "left out of 4 rows of the trace: 2 no output tokens",
        "1 times of the trace run backwards; its rows are sorted",
        "1 of 2 requests are asked without images",
    ]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"rows": 0}, r"trace\(rows=0\): give a whole number from 1"),
        ({"rows": True}, "rows=True"),
        ({"most_input": -3}, "most_input=-3"),
        ({"most_output": 1.5}, r"most_output=1\.5"),
        ({"scale": 0}, "scale=0"),
        ({"scale": float("inf")}, "scale=inf"),
        ({"scale": float("nan")}, "scale=nan"),
        ({"scale": 1e9}, "scale=1000000000.0"),
        ({"seed": -1}, "seed=-1"),
    ],
)
def test_an_option_that_cannot_be_is_refused(path: Path, options: dict[str, Any], told: str) -> None:
    with pytest.raises(UsageError, match=told):
        trace(path, **options)


def test_a_trace_that_is_not_there_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"trace\('nowhere\.csv'\): .*nowhere\.csv cannot be read: No such file"):
        trace("nowhere.csv")
    with pytest.raises(UsageError, match="no trace of a known format"):
        trace(written(tmp_path / "t", ["a,b"]))


def test_the_first_rows_are_those_that_are_left_when_it_is_scaled(path: Path) -> None:
    both: Trace = trace(path, scale=2, rows=7)
    assert len(both.times_ns()) == 7
    assert len(trace(path, scale=2).times_ns()) == 10
