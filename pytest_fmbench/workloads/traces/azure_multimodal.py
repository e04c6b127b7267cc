"""Azure LMM inference trace of 2025 (ModServe): as those before it, and how many images a request had.

``TIMESTAMP,NumImages,ContextTokens,GeneratedTokens``; stamps such as ``2024-10-15T12:00:00.269Z``. CC-BY. Images are
not sent: a request of the kind ``image`` is asked with as many tokens of text.

Source: https://github.com/Azure/AzurePublicDataset, AzureLMMInferenceDataset2025.md (schema) and
analysis/AzureLMMInferenceDataset2025.ipynb (stamps)
"""

from __future__ import annotations

from collections.abc import Mapping

from pytest_fmbench.workloads.traces import azure
from pytest_fmbench.workloads.traces.base import Format, Layout, Row, count_of


def read(row: Mapping[str, object]) -> Row:
    """The request of a row."""
    images = count_of(row["NumImages"], "images")
    return azure.read(row)._replace(kind="image" if images else "text")


FORMAT = Format(Layout.CSV, ("TIMESTAMP", "NumImages", "ContextTokens", "GeneratedTokens"), read)
