"""The loaders against published traces, where these are at hand."""

from __future__ import annotations

import numpy as np
import pytest

from pytest_fmbench import replay, trace
from pytest_fmbench.workloads.traces.scaling import conversations
from tests.support.traces import OVERHEAD, count, real

CODE, CONV = "AzureLLMInferenceTrace_code.csv", "AzureLLMInferenceTrace_conv.csv"
MOONCAKE = "mooncake_conversation_trace.jsonl"


@pytest.mark.parametrize(
    ("name", "kind", "rows", "span_s", "means"),
    [
        (CODE, "azure", 8819, 3435.9, (2047.848, 27.883)),
        (CONV, "azure", 19366, 3501.7, (1154.697, 211.126)),
        (MOONCAKE, "mooncake", 12031, 3537.0, (12035.061, 342.619)),
    ],
)
def test_a_published_trace_has_the_rows_span_and_means_that_it_is_known_for(
    name: str, kind: str, rows: int, span_s: float, means: tuple[float, float]
) -> None:
    told = trace(real(name)).facts()
    assert (told["format"], told["rows"], told["requests"], told["skipped"], told["backwards"]) == (
        kind,
        rows,
        rows,
        {},
        0,
    )
    assert told["span_s"] == pytest.approx(span_s, abs=0.05)
    assert (told["input_tokens"], told["output_tokens"]) == pytest.approx(means, abs=1e-3)


def test_times_of_azure_have_seven_digits() -> None:
    assert trace(real(CODE)).times_ns()[:3].tolist() == [0, 52_000_000, 98_189_000]


def test_mooncake_has_coarse_times_which_may_be_spread() -> None:
    recorded = trace(real(MOONCAKE))
    distinct, together = np.unique(recorded.times_ns(), return_counts=True)
    assert (len(distinct), together.max()) == (1180, 28)
    assert recorded.tick_ns() == pytest.approx(3e9, abs=2e6)
    spread = np.fromiter(replay(recorded, spread=True).offsets(0), np.int64)
    assert len(np.unique(spread)) == len(spread) == 12031
    assert (np.diff(spread) >= 0).all()


def test_mooncake_has_a_block_for_each_512_tokens_and_conversations_of_its_own() -> None:
    table = trace(real(MOONCAKE)).source.table
    assert (np.diff(table.first_block) == -(-table.input_tokens // 512)).all()
    assert np.bincount(conversations(table)).max() < 0.1 * len(table)


@pytest.mark.parametrize("scale", [0.5, 2.5])
def test_scaled_mooncake_shares_as_much(scale: float) -> None:
    whole, other = (trace(real(MOONCAKE), scale=one).source.table.blocks for one in (1.0, scale))
    reused = [1 - len(np.unique(blocks)) / len(blocks) for blocks in (whole, other)]
    assert reused[0] == pytest.approx(0.366, abs=0.001)
    assert reused[1] == pytest.approx(reused[0], abs=0.02)


def test_prompts_of_mooncake_are_as_long_as_they_were_and_share_their_blocks() -> None:
    recorded = trace(real(MOONCAKE)).fit(count)
    table, last = recorded.source.table, dict[int, int]()
    for after in range(1, 600):
        before = last.setdefault(table.blocks_of(after)[1], after)  # the first block that not all have in common
        if before != after:
            break
    one, other = (recorded.prompt(nth, 0).messages[0].content.partition(": ")[2].split() for nth in (before, after))
    blocks = [a == b for a, b in zip(table.blocks_of(before), table.blocks_of(after), strict=False)]
    alike = 512 * blocks.index(False) - OVERHEAD
    assert [len(one), len(other)] == [table.input_tokens[nth] - OVERHEAD for nth in (before, after)]
    assert one[:alike] == other[:alike]
    assert one[alike : alike + 20] != other[alike : alike + 20]
