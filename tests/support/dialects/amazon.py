"""Bedrock and SageMaker: event streams, and what models and containers say inside."""

from __future__ import annotations

from tests.support.dialects import bedrock_converse, bedrock_invoke, sagemaker

SPOKEN = {**bedrock_converse.SPOKEN, **bedrock_invoke.SPOKEN, **sagemaker.SPOKEN}
