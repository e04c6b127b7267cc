"""What a trace says of itself: in plain values, for the records, and in lines, for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pytest_fmbench.workloads.traces.table import Loaded, Table

_LEFT_OUT_KIND = "image"


def facts(loaded: Loaded, table: Table, least_input: int, most: tuple[int | None, int | None]) -> dict[str, Any]:
    """Of what a trace asks, and of the file that it is from.

    :param table: what is asked.
    :param least_input: tokens of the shortest prompt that the model's template allows.
    :param most: tokens of the longest prompt and of the longest reply that are asked; None is any.
    """
    most_input, most_output = most
    inputs, outputs = table.input_tokens, table.output_tokens
    images = table.kinds.index(_LEFT_OUT_KIND) if _LEFT_OUT_KIND in table.kinds else -1
    return {
        "format": loaded.format,
        "rows": len(loaded.table) + sum(loaded.skipped.values()),
        "skipped": dict(loaded.skipped),
        "backwards": loaded.backwards,
        "requests": len(table),
        "span_s": float(table.at_ns[-1] - table.at_ns[0]) / 1e9,
        "input_tokens": float(inputs.clip(least_input, most_input).mean()),
        "output_tokens": float(outputs.clip(1, most_output).mean()),
        "clipped_inputs": 0 if most_input is None else int((inputs > most_input).sum()),
        "clipped_outputs": 0 if most_output is None else int((outputs > most_output).sum()),
        "lengthened_inputs": int((inputs < least_input).sum()),
        "without_images": int((table.kind == images).sum()),
    }


def notes(loaded: Loaded, told: Mapping[str, Any]) -> list[str]:
    """What a reader should know of it; nothing of a trace that is asked as it is.

    :param told: its facts.
    """
    skipped = ", ".join(f"{count:,} {reason}" for reason, count in loaded.skipped.items())
    lines = (
        (skipped, f"left out of {told['rows']:,} rows of the trace: {skipped}"),
        (loaded.backwards, f"{loaded.backwards:,} times of the trace run backwards; its rows are sorted"),
        (told["clipped_inputs"], f"{told['clipped_inputs']:,} of {told['requests']:,} prompts are clipped"),
        (told["clipped_outputs"], f"{told['clipped_outputs']:,} of {told['requests']:,} replies are clipped"),
        (
            told["lengthened_inputs"],
            f"{told['lengthened_inputs']:,} of {told['requests']:,} prompts are lengthened to what the template takes",
        ),
        (
            told["without_images"],
            f"{told['without_images']:,} of {told['requests']:,} requests are asked without images",
        ),
    )
    return [line for applies, line in lines if applies]
