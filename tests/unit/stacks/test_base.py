from __future__ import annotations

import sys

import pytest

from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.stacks.base import folder, interpreter
from pytest_fmbench.stacks.vllm_cpu import VllmCpu


@pytest.mark.parametrize(
    ("model", "load", "kept"),
    [
        ("smollm2-135m", "{weights}", "hf-bf16"),
        ("org/model", "org/model", "fp8"),
        ("./model", "./model", "fp8"),
        (r"C:\model", r"C:\model", "fp8"),
    ],
)
def test_a_name_without_a_slash_is_a_folder_of_ours(model: str, load: str, kept: str) -> None:
    assert folder(Deployment(model, "vllm", quantization="fp8")) == (load, kept)


def test_a_variable_names_the_python_that_has_a_stack(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FMBENCH_PYTHON_VLLM_CPU", raising=False)
    assert interpreter("vllm_cpu") == sys.executable
    monkeypatch.setenv("FMBENCH_PYTHON_VLLM_CPU", "/opt/vllm/bin/python")
    assert interpreter("vllm_cpu") == "/opt/vllm/bin/python"
    assert VllmCpu().plan(Deployment("org/m", "vllm_cpu")).command[0] == "/opt/vllm/bin/python"
