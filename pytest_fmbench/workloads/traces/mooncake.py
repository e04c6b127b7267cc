"""Mooncake: an hour of requests to Kimi, with the blocks of 512 tokens that their prompts have in common.

JSON lines of ``timestamp`` (milliseconds), ``input_length``, ``output_length`` and ``hash_ids``: an id stands for a
block and all before it, so that alike ids are a prefix in common. The stamps of the published traces lie about 3 s
apart, and up to 28 requests have the same. Apache-2.0.

Source: https://github.com/kvcache-ai/Mooncake, FAST25-release; section 4 of https://arxiv.org/abs/2407.00079
"""

from __future__ import annotations

from collections.abc import Mapping

from pytest_fmbench.workloads.traces.base import Format, Layout, Row, at_ns, block_ids, input_length, output_length

_NS_PER_MS = 1_000_000


def read(row: Mapping[str, object]) -> Row:
    """The request of a row."""
    tokens = input_length(row["input_length"]), output_length(row["output_length"])
    return Row(at_ns(row["timestamp"], _NS_PER_MS), *tokens, blocks=block_ids(row["hash_ids"]))


FORMAT = Format(Layout.JSONL, ("timestamp", "input_length", "output_length", "hash_ids"), read, block_tokens=512)
