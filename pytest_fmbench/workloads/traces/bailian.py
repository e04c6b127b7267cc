"""Qwen-Bailian: two hours of requests to Qwen models on Alibaba Cloud, with conversations and blocks of 16 tokens.

JSON lines of ``chat_id``, ``parent_chat_id`` (-1 where a conversation begins), ``timestamp`` (seconds),
``input_length``, ``output_length``, ``type`` (text, search, image, file), ``turn`` (from 1), ``hash_ids``. Apache-2.0.

Source: https://github.com/alibaba-edu/qwen-bailian-usagetraces-anon
"""

from __future__ import annotations

from collections.abc import Mapping

from pytest_fmbench.workloads.traces.base import (
    NS_PER_S,
    Format,
    Layout,
    Row,
    at_ns,
    block_ids,
    count_of,
    input_length,
    output_length,
)


def read(row: Mapping[str, object]) -> Row:
    """The request of a row; which conversation it goes on with is told by its parent."""
    tokens = input_length(row["input_length"]), output_length(row["output_length"])
    turn = max(0, count_of(row["turn"], "turns") - 1)
    parent = row["parent_chat_id"]
    return Row(
        at_ns(row["timestamp"], NS_PER_S),
        *tokens,
        blocks=block_ids(row.get("hash_ids")),
        session=str(row["chat_id"]),
        parent=None if parent in (-1, "-1", None) else str(parent),
        turn=turn,
        kind=str(row["type"]),
    )


FORMAT = Format(
    Layout.JSONL,
    ("chat_id", "parent_chat_id", "timestamp", "input_length", "output_length", "type", "turn"),
    read,
    block_tokens=16,
)
