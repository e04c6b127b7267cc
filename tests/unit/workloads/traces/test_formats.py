"""Each format on a small file of its shape: what its rows say, to the nanosecond."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pytest_fmbench.catalog import TRACES
from pytest_fmbench.workloads.traces.base import Layout
from pytest_fmbench.workloads.traces.detecting import detected
from pytest_fmbench.workloads.traces.reading import load
from pytest_fmbench.workloads.traces.table import Loaded
from tests.support.traces import captured, json_lines, mooncake, written

AZURE_2023 = [
    "TIMESTAMP,ContextTokens,GeneratedTokens",
    "2023-11-16 18:17:03.9799600,4808,10",
    "2023-11-16 18:17:04.0319600,3180,8",
]
AZURE_2024 = [
    "TIMESTAMP,ContextTokens,GeneratedTokens",
    "2024-05-12 00:00:00+00:00,10,1",
    "2024-05-12 00:00:10.5+00:00,20,2",
]
AZURE_2025 = [
    "TIMESTAMP,NumImages,ContextTokens,GeneratedTokens",
    "2024-10-15T12:00:00.269Z,0,770,491",
    "2024-10-15T12:00:05.819Z,1,949,126",
]
BURSTGPT_1 = [
    "Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type",
    "5,ChatGPT,472,18,490,Conversation log",
    "45,ChatGPT,1087,230,1317,API log",
    "118,GPT-4,417,0,417,Conversation log",
]
BURSTGPT_2 = [
    "Timestamp,Session ID,Elapsed time,Model,Request tokens,Response tokens,Total tokens,Log Type",
    "19440110.0,a,43,GPT-4,906,446,1352,Conversation log",
    "19440161.5,b,2,ChatGPT,36,29,65,Conversation log",
    "19440192.0,a,8,GPT-4,1779,123,1902,Conversation log",
]
MOONCAKE = [mooncake(27482, 6955, range(14), 52), mooncake(30535, 6472, range(13), 26)]


def bailian(chat: int, parent: int, at_s: float, turn: int, **more: Any) -> dict[str, Any]:
    lengths = {"input_length": 521, "output_length": 132, "type": "text"}
    return {"chat_id": chat, "parent_chat_id": parent, "timestamp": at_s, **lengths, "turn": turn, **more}


BAILIAN = [
    bailian(55, -1, 0.0, 1, hash_ids=[1, 2]),
    bailian(60, -1, 1.5, 1, hash_ids=[]),
    bailian(159, 55, 61.114, 2, hash_ids=[1, 2, 3], type="search"),
    bailian(160, 159, 70.0, 3),
]
SAGEMAKER = [
    captured("2026-04-29T00:03:18Z", {"prompt_tokens": 28, "completion_tokens": 15}),
    captured("2026-04-29T00:03:20Z", {"prompt_tokens": 9, "completion_tokens": 3}, "BASE64"),
    captured("2026-04-29T00:03:21Z", None),
]

SAMPLES: dict[str, list[tuple[list[str] | list[dict[str, Any]], list[tuple[int, int, int]]]]] = {
    "azure": [
        (AZURE_2023, [(0, 4808, 10), (52_000_000, 3180, 8)]),
        (AZURE_2024, [(0, 10, 1), (10_500_000_000, 20, 2)]),
    ],
    "azure-multimodal": [(AZURE_2025, [(0, 770, 491), (5_550_000_000, 949, 126)])],
    "burstgpt": [
        (BURSTGPT_1, [(0, 472, 18), (40_000_000_000, 1087, 230)]),
        (BURSTGPT_2, [(0, 906, 446), (51_500_000_000, 36, 29), (82_000_000_000, 1779, 123)]),
    ],
    "mooncake": [(MOONCAKE, [(0, 6955, 52), (3_053_000_000, 6472, 26)])],
    "bailian": [
        (BAILIAN, [(0, 521, 132), (1_500_000_000, 521, 132), (61_114_000_000, 521, 132), (70_000_000_000, 521, 132)])
    ],
    "sagemaker": [(SAGEMAKER, [(0, 28, 15), (2_000_000_000, 9, 3)])],
}
CASES = [
    pytest.param(name, *sample, id=f"{name}-{nth}") for name in SAMPLES for nth, sample in enumerate(SAMPLES[name])
]


def read(path: Path, lines: list[Any], end: str = "\n") -> Loaded:
    shown = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    written(path, shown, end=end)
    return load(path, detected(path, None, TRACES), TRACES)


def test_every_format_has_a_sample() -> None:
    assert set(SAMPLES) == set(TRACES)


@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["lf", "crlf"])
@pytest.mark.parametrize(("name", "lines", "expected"), CASES)
def test_a_file_is_known_by_its_columns_and_read_to_the_nanosecond(
    tmp_path: Path, name: str, lines: list[Any], expected: list[tuple[int, int, int]], end: str
) -> None:
    loaded = read(tmp_path / "a file", lines, end)
    assert loaded.format == name
    columns = (loaded.table.at_ns, loaded.table.input_tokens, loaded.table.output_tokens)
    assert [*zip(*(column.tolist() for column in columns), strict=True)] == expected


@pytest.mark.parametrize("name", list(TRACES))
def test_a_format_asks_for_columns_and_reads_nothing_else_of_none(name: str) -> None:
    declared = TRACES[name]
    assert declared.columns
    with pytest.raises(KeyError):
        declared.read({})


def test_columns_are_found_by_name_in_any_order_and_others_do_no_harm(tmp_path: Path) -> None:
    lines = ["GeneratedTokens,region,TIMESTAMP,ContextTokens", "10,west,2023-11-16 18:17:03.9799600,4808"]
    table = read(tmp_path / "f", lines).table
    assert (table.input_tokens.tolist(), table.output_tokens.tolist()) == ([4808], [10])


def test_no_output_in_burstgpt_was_a_failure(tmp_path: Path) -> None:
    loaded = read(tmp_path / "f", BURSTGPT_1)
    assert loaded.skipped == {"no output tokens, which was a failure in the original": 1}
    assert [loaded.table.kinds[kind] for kind in loaded.table.kind] == ["Conversation log", "API log"]


def test_sessions_of_burstgpt_are_kept(tmp_path: Path) -> None:
    session = read(tmp_path / "f", BURSTGPT_2).table.session
    assert session is not None
    assert session.tolist() == [0, 1, 0]


def test_conversations_of_bailian_follow_the_parents(tmp_path: Path) -> None:
    table = read(tmp_path / "f", BAILIAN).table
    assert table.session is not None
    assert [table.session[row] == table.session[0] for row in range(4)] == [True, False, True, True]
    assert table.turn.tolist() == [0, 0, 1, 2]
    assert table.block_tokens == 16
    assert [table.blocks_of(row) for row in range(4)] == [[1, 2], [], [1, 2, 3], []]
    assert [table.kinds[kind] for kind in table.kind] == ["text", "text", "search", "text"]


def test_blocks_of_mooncake_have_512_tokens(tmp_path: Path) -> None:
    table = read(tmp_path / "f", MOONCAKE).table
    assert (table.block_tokens, table.blocks_of(1)) == (512, list(range(13)))


def test_requests_with_images_are_of_a_kind(tmp_path: Path) -> None:
    table = read(tmp_path / "f", AZURE_2025).table
    assert [table.kinds[kind] for kind in table.kind] == ["text", "image"]


def test_usage_is_taken_from_the_last_event_of_a_stream(tmp_path: Path) -> None:
    row = captured("2026-04-29T00:03:18.5+02:00", None)
    usage = {"prompt_tokens": 7, "completion_tokens": 2}
    events = ['data: {"choices": []}', "data: " + json.dumps({"usage": usage}), "data: [DONE]", ""]
    row["captureData"]["endpointOutput"]["data"] = "\n\n".join(events)
    table = read(tmp_path / "f", [row]).table
    assert (table.input_tokens.tolist(), table.output_tokens.tolist()) == ([7], [2])


def test_a_folder_of_captures_is_one_trace(tmp_path: Path) -> None:
    for nth, hour in enumerate(("01", "00")):
        (tmp_path / hour).mkdir()
        row = captured(f"2026-04-29T{hour}:00:00Z", {"prompt_tokens": nth + 1, "completion_tokens": 1})
        json_lines(tmp_path / hour / "x.jsonl.gz", [row], packed=True)
    (tmp_path / "notes.txt").write_text("no capture")
    table = load(tmp_path, detected(tmp_path, None, TRACES), TRACES).table
    assert table.at_ns.tolist() == [0, 3600 * 10**9]
    assert table.input_tokens.tolist() == [2, 1]


@pytest.mark.parametrize("layout", Layout)
def test_layouts_are_named_for_people(layout: Layout) -> None:
    assert layout.value in {"CSV with a header", "JSON lines"}
