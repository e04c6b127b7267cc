"""How far our records are from what llama.cpp says itself: ``python -m tests.support.agreement CASE_FOLDER ...``."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from pytest_fmbench.store.table import read_measurement


def rows_of(case_folder: Path) -> list[dict[str, Any]]:
    """Requests of the window that succeeded and carry the server's timings."""
    rows = read_measurement(case_folder / "requests.parquet").window_requests.to_pylist()
    return [row for row in rows if row["status"] == "ok" and row["server_timings"]]


def agreement(rows: list[dict[str, Any]]) -> list[str]:
    """Lines of a Markdown table: token counts, and our times minus the server's, in ms."""
    pairs = [(row, json.loads(row["server_timings"])) for row in rows]
    first = [(row["chunk_ns"][0] - row["sent_ns"]) / 1e6 - said["prompt_ms"] for row, said in pairs]
    decode = [(row["chunk_ns"][-1] - row["chunk_ns"][0]) / 1e6 - said["predicted_ms"] for row, said in pairs]
    equal = sum(row["counted_output_tokens"] == row["output_tokens"] for row in rows)
    return [
        f"| output tokens, ours = the server's `usage` | {equal} of {len(rows)} requests |",
        f"| ttft - `prompt_ms` | {_spread(first)} |",
        f"| last chunk - first chunk - `predicted_ms` | {_spread(decode)} |",
    ]


def _spread(values: list[float]) -> str:
    low, middle, high = np.quantile(values, [0.05, 0.5, 0.95])
    return f"p5 {low:.1f}, p50 {middle:.1f}, p95 {high:.1f} ms"


if __name__ == "__main__":
    for folder in map(Path, sys.argv[1:]):
        print(f"{folder.name}\n" + "\n".join(agreement(rows_of(folder))))  # it is what the script is for
