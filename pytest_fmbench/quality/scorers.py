"""The scorers by name; the catalog shows them."""

from __future__ import annotations

from pytest_fmbench.model.registry import Registry
from pytest_fmbench.quality.base import Scorer

SCORERS: Registry[Scorer] = Registry(
    "scorer",
    {
        "exact_match": "pytest_fmbench.quality.exact_match:SCORER",
        "f1": "pytest_fmbench.quality.f1:SCORERS[f1]",
        "f1_zh": "pytest_fmbench.quality.f1:SCORERS[f1_zh]",
        "rouge_l": "pytest_fmbench.quality.rouge_l:SCORERS[rouge_l]",
        "rouge_l_zh": "pytest_fmbench.quality.rouge_l:SCORERS[rouge_l_zh]",
        "rouge_l_whole": "pytest_fmbench.quality.rouge_l_whole:SCORER",
        "classification": "pytest_fmbench.quality.classification:SCORER",
        "retrieval": "pytest_fmbench.quality.by_number:SCORERS[retrieval]",
        "retrieval_zh": "pytest_fmbench.quality.by_number:SCORERS[retrieval_zh]",
        "count": "pytest_fmbench.quality.by_number:SCORERS[count]",
        "code_similarity": "pytest_fmbench.quality.code_similarity:SCORER",
        "choice": "pytest_fmbench.quality.choice:SCORER",
        "numeric": "pytest_fmbench.quality.numeric:SCORER",
        "pattern": "pytest_fmbench.quality.pattern:SCORER",
        "json_schema": "pytest_fmbench.quality.json_schema:SCORER",
        "tool_calls": "pytest_fmbench.quality.tool_calls:SCORER",
        "passing": "pytest_fmbench.runs.qualities.passing:SCORER",
    },
)
