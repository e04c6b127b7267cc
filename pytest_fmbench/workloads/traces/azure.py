"""Azure LLM inference traces of 2023 (Splitwise) and 2024 (DynamoLLM).

``TIMESTAMP,ContextTokens,GeneratedTokens``; stamps such as ``2023-11-16 18:17:03.9799600`` and, in 2024,
``2024-05-12 00:00:10+00:00`` with or without a fraction. CC-BY.

Source: https://github.com/Azure/AzurePublicDataset, AzureLLMInferenceDataset2023.md and AzureLLMInferenceDataset2024.md
"""

from __future__ import annotations

from collections.abc import Mapping

from pytest_fmbench.workloads.traces.base import Format, Layout, Row, input_length, output_length
from pytest_fmbench.workloads.traces.wall import wall_ns


def read(row: Mapping[str, object]) -> Row:
    """The request of a row."""
    tokens = input_length(row["ContextTokens"]), output_length(row["GeneratedTokens"])
    return Row(wall_ns(row["TIMESTAMP"]), *tokens)


FORMAT = Format(Layout.CSV, ("TIMESTAMP", "ContextTokens", "GeneratedTokens"), read)
