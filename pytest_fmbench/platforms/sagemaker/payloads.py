"""What containers of SageMaker may be asked in. Data."""

from __future__ import annotations

MESSAGES = "messages"

TRITONS = {"generate": "generate_stream", "generate-whole": "generate", "infer": "infer"}
"""Payloads of Triton's, and what it calls each, in ``SAGEMAKER_TRITON_INFERENCE_TYPE``."""

PAYLOADS = {name: f"sagemaker-{name}" for name in (MESSAGES, "messages-whole", "inputs", "inputs-whole", *TRITONS)}
"""The dialect of each."""
