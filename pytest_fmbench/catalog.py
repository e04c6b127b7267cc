"""The composition root: dotted names of all members, imported by nobody but the plugin and the command line.

Adding a member is its file, a line here, and its test; the contract tests check every line in the same way.
"""

from __future__ import annotations

from collections.abc import Callable

from pytest_fmbench.client.dialects.base import Dialect
from pytest_fmbench.client.dialects.named import Dialects
from pytest_fmbench.metrics.base import Metric
from pytest_fmbench.model.registry import Registry
from pytest_fmbench.model.telemetry import SAMPLED
from pytest_fmbench.platforms.base import Platform, Surroundings
from pytest_fmbench.quality.figures import QUALITIES, Figure
from pytest_fmbench.sinks.exports.base import Export
from pytest_fmbench.stacks.base import Stack
from pytest_fmbench.telemetry.base import Source, Subject
from pytest_fmbench.workloads.traces.base import Format
from pytest_fmbench.workloads.traces.formats import FORMATS

METRICS: Registry[Metric] = Registry(
    "metric",
    {
        name: f"pytest_fmbench.metrics.{name}:METRIC"
        for name in (
            "ttft",
            "ttft_scheduled",
            "itl",
            "icl",
            "tpot",
            "ntpot",
            "e2e",
            "e2e_scheduled",
            "input_tokens",
            "output_tokens",
            "schedule_lateness",
            "error_rate",
            "goodput",
            "request_rate",
            "output_token_rate",
            "items",
            "item_rate",
            "ttfot",
            "reasoning_time",
            "reasoning_tokens",
            "answer_tokens",
            "energy_per_1k_tokens",
        )
    }
    | {name: f"pytest_fmbench.metrics.series:SERIES[{name}]" for name in SAMPLED}
    | {
        "task.e2e": "pytest_fmbench.metrics.task_e2e:METRIC",
        "task.turns": "pytest_fmbench.metrics.task_sums:SUMS[task.turns]",
        "task.input_tokens": "pytest_fmbench.metrics.task_sums:SUMS[task.input_tokens]",
        "task.output_tokens": "pytest_fmbench.metrics.task_sums:SUMS[task.output_tokens]",
        "task.tool_time": "pytest_fmbench.metrics.task_sums:SUMS[task.tool_time]",
        "task.success": "pytest_fmbench.metrics.task_success:METRIC",
        "task.rate": "pytest_fmbench.metrics.task_rate:METRIC",
        "task.usd": "pytest_fmbench.metrics.task_usd:METRIC",
        "tool_calls.valid": "pytest_fmbench.metrics.tool_calls_valid:METRIC",
        "prefix_cache.hit": "pytest_fmbench.metrics.prefix_cache_hit:METRIC",
    },
)

PROMISED: Registry[Metric | Figure] = METRICS.beside(QUALITIES)
"""What an SLA may be about: figures of runs, and of answers."""

STACKS: Registry[Callable[[], Stack]] = Registry(
    "stack",
    {
        "llamacpp": "pytest_fmbench.stacks.llamacpp:LlamaCpp",
        "vllm": "pytest_fmbench.stacks.vllm:Vllm",
        "vllm_cpu": "pytest_fmbench.stacks.vllm_cpu:VllmCpu",
        "transformers": "pytest_fmbench.stacks.transformers:Transformers",
        "llama_server": "pytest_fmbench.stacks.llama_server:LlamaServer",
        "llama_cpp_python": "pytest_fmbench.stacks.llama_cpp_python:LlamaCppPython",
        "ollama": "pytest_fmbench.stacks.ollama:Ollama",
        "lmdeploy": "pytest_fmbench.stacks.lmdeploy:LmDeploy",
        "djl": "pytest_fmbench.stacks.djl:Djl",
        "ray": "pytest_fmbench.stacks.ray:Ray",
        "tei": "pytest_fmbench.stacks.tei:Tei",
        "openai": "pytest_fmbench.stacks.openai:OpenAI",
        "vllm_neuron": "pytest_fmbench.stacks.vllm_neuron:VllmNeuron",
        "sglang": "pytest_fmbench.stacks.sglang:SgLang",
        "tgi": "pytest_fmbench.stacks.tgi:Tgi",
        "trtllm": "pytest_fmbench.stacks.trtllm:TrtLlm",
        "triton": "pytest_fmbench.stacks.triton_repository:TritonRepository",
        "triton_trtllm": "pytest_fmbench.stacks.triton_trtllm:TritonTrtLlm",
        "triton_vllm": "pytest_fmbench.stacks.triton_vllm:TritonVllm",
        "nim": "pytest_fmbench.stacks.nim:Nim",
        "bedrock": "pytest_fmbench.stacks.bedrock:Bedrock",
    },
)

DIALECTS: Registry[Callable[[], Dialect]] = Dialects(
    "dialect",
    {
        "openai-chat": "pytest_fmbench.client.dialects.openai_chat:OpenAIChat",
        "openai-chat-whole": "pytest_fmbench.client.dialects.openai_chat:OpenAIChatWhole",
        "openai-completions": "pytest_fmbench.client.dialects.openai_completions:OpenAICompletions",
        "openai-completions-whole": "pytest_fmbench.client.dialects.openai_completions:OpenAICompletionsWhole",
        "openai-responses": "pytest_fmbench.client.dialects.openai_responses:OpenAIResponses",
        "openai-embeddings": "pytest_fmbench.client.dialects.openai_embeddings:OpenAIEmbeddings",
        "openai-images": "pytest_fmbench.client.dialects.openai_images:OpenAIImages",
        "rerank": "pytest_fmbench.client.dialects.rerank:Rerank",
        "tei-rerank": "pytest_fmbench.client.dialects.rerank:TeiRerank",
        "json": "pytest_fmbench.client.dialects.json_items:JsonItems",
        "anthropic-messages": "pytest_fmbench.client.dialects.anthropic_messages:AnthropicMessages",
        "tgi-generate": "pytest_fmbench.client.dialects.tgi_generate:TgiGenerate",
        "hf-inputs": "pytest_fmbench.client.dialects.hf_inputs:HfInputs",
        "hf-inputs-whole": "pytest_fmbench.client.dialects.hf_inputs:HfInputsWhole",
        "triton-generate": "pytest_fmbench.client.dialects.triton_generate:TritonGenerate",
        "triton-generate-whole": "pytest_fmbench.client.dialects.triton_generate:TritonGenerateWhole",
        "triton-llmapi": "pytest_fmbench.client.dialects.triton_llmapi:TritonLlmApi",
        "kserve-v2": "pytest_fmbench.client.dialects.kserve_v2:KServeV2",
        "kserve-v2-grpc": "pytest_fmbench.client.dialects.kserve_grpc:KServeV2Grpc",
        "triton-grpc": "pytest_fmbench.client.dialects.kserve_grpc:TritonGrpc",
        "triton-grpc-vllm": "pytest_fmbench.client.dialects.kserve_grpc:TritonGrpcVllm",
        "ollama-chat": "pytest_fmbench.client.dialects.ollama:OllamaChat",
        "ollama-generate": "pytest_fmbench.client.dialects.ollama:OllamaGenerate",
        "llamacpp-completion": "pytest_fmbench.client.dialects.llamacpp_completion:LlamaCppCompletion",
        "bedrock-converse": "pytest_fmbench.client.dialects.bedrock_converse:BedrockConverse",
        "bedrock-converse-whole": "pytest_fmbench.client.dialects.bedrock_converse:BedrockConverseWhole",
        "bedrock-invoke-anthropic": "pytest_fmbench.client.dialects.bedrock_invoke:InvokedAnthropic",
        "bedrock-invoke-openai": "pytest_fmbench.client.dialects.bedrock_invoke:InvokedOpenAI",
        "bedrock-invoke-nova": "pytest_fmbench.client.dialects.bedrock_invoke:InvokedNova",
        "bedrock-invoke-llama": "pytest_fmbench.client.dialects.bedrock_texts:InvokedLlama",
        "bedrock-invoke-mistral": "pytest_fmbench.client.dialects.bedrock_texts:InvokedMistral",
        "bedrock-invoke-titan": "pytest_fmbench.client.dialects.bedrock_texts:InvokedTitan",
        "sagemaker-messages": "pytest_fmbench.client.dialects.sagemaker:SageMakerMessages",
        "sagemaker-messages-whole": "pytest_fmbench.client.dialects.sagemaker:SageMakerMessagesWhole",
        "sagemaker-inputs": "pytest_fmbench.client.dialects.sagemaker:SageMakerInputs",
        "sagemaker-inputs-whole": "pytest_fmbench.client.dialects.sagemaker:SageMakerInputsWhole",
        "sagemaker-generate": "pytest_fmbench.client.dialects.sagemaker:SageMakerGenerate",
        "sagemaker-generate-whole": "pytest_fmbench.client.dialects.sagemaker:SageMakerGenerateWhole",
        "sagemaker-infer": "pytest_fmbench.client.dialects.sagemaker:SageMakerInfer",
    },
)

PLATFORMS: Registry[Callable[[Surroundings], Platform]] = Registry(
    "platform",
    {
        "local": "pytest_fmbench.platforms.local:Local",
        "ec2": "pytest_fmbench.platforms.ec2.platform:Ec2",
        "url": "pytest_fmbench.platforms.url:Url",
        "bedrock": "pytest_fmbench.platforms.bedrock:Bedrock",
        "sagemaker": "pytest_fmbench.platforms.sagemaker.platform:SageMaker",
    },
)

SOURCES: Registry[Callable[[Subject], Source]] = Registry(
    "source",
    {
        "server": "pytest_fmbench.telemetry.server:ServerPage",
        "nvml": "pytest_fmbench.telemetry.nvml:Nvml",
        "dcgm": "pytest_fmbench.telemetry.dcgm:Dcgm",
        "neuron": "pytest_fmbench.telemetry.neuron:Neuron",
        "cloudwatch": "pytest_fmbench.telemetry.cloudwatch:Endpoints",
        "cloudwatch_gpu": "pytest_fmbench.telemetry.cloudwatch:Gpus",
        "host": "pytest_fmbench.telemetry.host:Host",
    },
)

TRACES: Registry[Format] = FORMATS
"""Its lines are in ``workloads/traces/formats.py``: cases call ``trace(...)`` while nobody can hand it a registry."""

EXPORTS: Registry[Export] = Registry(
    "export",
    {
        "csv": "pytest_fmbench.sinks.exports.tables:CSV",
        "jsonl": "pytest_fmbench.sinks.exports.tables:JSONL",
        "prometheus": "pytest_fmbench.sinks.exports.openmetrics:PROMETHEUS",
        "gitlab": "pytest_fmbench.sinks.exports.openmetrics:GITLAB",
        "otel": "pytest_fmbench.sinks.exports.otel:OTEL",
        "benchmark": "pytest_fmbench.sinks.exports.lists:BENCHMARK",
        "smaller-is-better": "pytest_fmbench.sinks.exports.lists:SMALLER",
        "bigger-is-better": "pytest_fmbench.sinks.exports.lists:BIGGER",
    },
)
"""What ``fmbench export`` writes."""
