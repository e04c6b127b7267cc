"""What rows say of themselves: in plain values, for the records, and in lines, for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pytest_fmbench.workloads.rows.choosing import Kept


def facts(kept: Kept, name: str, most_input: int | None) -> dict[str, Any]:
    """Of what is asked of a source.

    :param name: how it is called.
    :param most_input: tokens of the longest prompt that is asked.
    """
    counted = [one.tokens for one in kept.ready if one.tokens is not None]
    return {
        "source": name,
        "rows": kept.read,
        "left_out": dict(kept.left),
        "requests": len(kept.ready),
        "characters": sum(len(said.content) for one in kept.ready for said in one.prompt.messages) / len(kept.ready),
        "input_tokens": sum(counted) / len(counted) if counted else None,
        "output_tokens": sum(one.prompt.max_tokens for one in kept.ready) / len(kept.ready),
        "cut": sum(one.cut for one in kept.ready),
        "most_input": most_input,
    }


def notes(told: Mapping[str, Any]) -> list[str]:
    """What a reader should know; nothing of rows that are asked as they are.

    :param told: their facts.
    """
    left = ", ".join(f"{count:,} {reason}" for reason, count in told["left_out"].items())
    lines = (
        (left, f"left out of {told['rows']:,} rows of {told['source']}: {left}"),
        (
            told["cut"],
            f"{told['cut']:,} of {told['requests']:,} prompts are cut in the middle to {told['most_input']} tokens",
        ),
    )
    return [line for applies, line in lines if applies]
