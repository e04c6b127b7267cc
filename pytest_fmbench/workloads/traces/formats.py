"""The trace formats, by name; each is imported when a file is read."""

from __future__ import annotations

from pytest_fmbench.model.registry import Registry
from pytest_fmbench.workloads.traces.base import Format

FORMATS: Registry[Format] = Registry(
    "trace format",
    {
        name: f"pytest_fmbench.workloads.traces.{name.replace('-', '_')}:FORMAT"
        for name in ("azure", "azure-multimodal", "burstgpt", "mooncake", "bailian", "sagemaker")
    },
)
