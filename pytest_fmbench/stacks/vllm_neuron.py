"""vLLM on AWS Trainium, through its plugin for Neuron (Trn2 and Trn3, from Neuron 2.31 on)."""

from __future__ import annotations

import json
from dataclasses import replace

from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.launch import LaunchPlan
from pytest_fmbench.stacks import vllm
from pytest_fmbench.stacks.card import Flag

_DOCUMENTS = "https://awsdocs-neuron.readthedocs-hosted.com/en/latest"
_KNOBS = (
    *("context", "max_batch", "max_batch_tokens", "prefix_cache", "kv_precision"),
    *("tensor_parallel", "data_parallel", "expert_parallel"),
)

CARD = replace(
    vllm.CARD,
    name="vllm_neuron",
    documents=(
        f"{_DOCUMENTS}/vllm-neuron/docs/guides/features-guide.html",
        f"{_DOCUMENTS}/vllm-neuron/docs/getting-started/setup-guide.html",
        f"{_DOCUMENTS}/deploy/environments/quickstart-deploy-dlc.html",
        "https://gallery.ecr.aws/neuron/pytorch-inference-vllm-neuronx",
    ),
    image="public.ecr.aws/neuron/pytorch-inference-vllm-neuronx:0.24.0.1.1.0-neuronx-py313-sdk2.32.0-ubuntu24.04",
    knobs={name: vllm.CARD.knobs[name] for name in _KNOBS},
    precisions={
        "bf16": vllm.CARD.precisions["bf16"],
        # a checkpoint of ModelOpt says itself that it is one, and is not to be named as well
        "fp8": Flag(),
        "mxfp4": Flag(("--additional-config", json.dumps({"neuron_config": {"quantization": "mxfp4"}}))),
    },
    kv_precisions={"fp8": vllm.CARD.kv_precisions["fp8"]},
    vendors=("neuron",),
    taking=None,
)


class VllmNeuron:
    """vLLM's Neuron plugin. Its accelerators are NeuronCores; it compiles before it is ready."""

    card = CARD

    def plan(self, deployment: Deployment) -> LaunchPlan:
        """How its server is started: the module, or its image."""
        return vllm.planned(
            CARD,
            deployment,
            install=f"see {_DOCUMENTS}/vllm-neuron/docs/getting-started/setup-guide.html",
            accelerators=vllm.devices(deployment),
            needs="vllm_neuron",
        )
