"""What runs on the instances, from the plans of real stacks."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_fmbench.catalog import STACKS
from pytest_fmbench.errors import UnknownName, UsageError
from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.launch import LaunchPlan
from pytest_fmbench.platforms.sagemaker.container import Contained, contained_of, see_that_it_can_run
from pytest_fmbench.platforms.sagemaker.images import GPU_AMI, HOSTINGS, NEURON_AMI
from pytest_fmbench.platforms.sagemaker.settings import wanted_of

ACCOUNT = "763104351884.dkr.ecr.us-east-1.amazonaws.com"


def contained(
    stack: str, place: str = "", region: str = "us-east-1", model: str = "org/name", **more: Any
) -> Contained:
    deployment = Deployment(model, stack, f"sagemaker:ml.g5.2xlarge{place}", **more)
    plan = STACKS[stack]().plan(deployment)
    assert isinstance(plan, LaunchPlan)
    return contained_of(deployment, plan, wanted_of(deployment, {}), region)


def environment(stack: str, place: str = "", **more: Any) -> dict[str, str]:
    return dict(contained(stack, place, **more).definition["Environment"])


def test_djl_is_told_by_the_variables_of_its_plan() -> None:
    found = contained("djl", options={"context": 4096})
    assert found.definition["Image"] == f"{ACCOUNT}/djl-inference:0.38.0-lmi29.0.0-cu130"
    assert found.definition["Environment"]["HF_MODEL_ID"] == "org/name"
    assert found.definition["Environment"]["OPTION_MAX_MODEL_LEN"] == "4096"
    assert found.ami == GPU_AMI


def test_flags_become_variables_of_the_image_which_makes_flags_of_them_again() -> None:
    options = {"context": 4096, "prefix_cache": False, "--swap-space": 2}
    found = environment("vllm", tensor_parallel=1, options=options)
    assert found == {
        "SM_VLLM_MODEL": "org/name",
        "SM_VLLM_SERVED_MODEL_NAME": "name",
        "SM_VLLM_MAX_MODEL_LEN": "4096",
        "SM_VLLM_NO_ENABLE_PREFIX_CACHING": "true",
        "SM_VLLM_SWAP_SPACE": "2",
        "VLLM_NO_USAGE_STATS": "1",
    }


def test_several_words_of_a_flag_are_a_list_where_the_image_knows_lists() -> None:
    lora = {"lora": "a=/x,b=/y"}
    assert environment("vllm", options=lora)["SM_VLLM_LORA_MODULES"] == '["a=/x", "b=/y"]'
    with pytest.raises(UsageError, match="--lora-paths takes 2 words, and a variable of its image holds one"):
        environment("sglang", options=lora)


def test_a_value_that_the_image_would_take_for_something_else_is_a_list_of_one() -> None:
    found = environment(
        "vllm", options={"--a": "False", "--b": "[1, 2]", "--c": '{"x": 1}', "--allowed-origins": '["*"]'}
    )
    assert (found["SM_VLLM_A"], found["SM_VLLM_B"], found["SM_VLLM_C"]) == (
        '["False"]',
        '["[1, 2]"]',
        '{"x": 1}',
    )
    assert found["SM_VLLM_ALLOWED_ORIGINS"] == '["*"]'
    with pytest.raises(UsageError, match="its image takes --a False for a switch; give it without a value"):
        environment("sglang", options={"--a": "False"})


def test_sglang_and_tgi_are_told_the_model_by_a_variable_of_its_own() -> None:
    found = environment("sglang", options={"chunked_prefill": False})
    assert found["SM_SGLANG_MODEL_PATH"] == "org/name"
    assert found["SM_SGLANG_CHUNKED_PREFILL_SIZE"] == "-1"
    assert not {"SM_SGLANG_HOST", "SM_SGLANG_PORT"} & {*found}
    found = environment("tgi", options={"context": 2048})
    assert (found["HF_MODEL_ID"], found["MAX_TOTAL_TOKENS"], found["NUM_SHARD"]) == ("org/name", "2048", "1")
    assert not {"MODEL_ID", "PORT"} & {*found}


def test_neuron_has_an_image_and_an_ami_of_its_own() -> None:
    found = contained("vllm_neuron", options={"max_batch": 4})
    assert found.definition["Environment"]["SM_ON_MAX_NUM_SEQS"] == "4"
    assert found.ami == NEURON_AMI


def test_triton_loads_a_model_of_a_repository_and_is_told_how_it_is_asked() -> None:
    found = contained("triton", "?model_data=s3://b/repository", model="org/Llama")
    assert found.definition["Image"] == f"{ACCOUNT}/sagemaker-tritonserver:26.05-py3"
    assert found.definition["Environment"] == {
        "SAGEMAKER_TRITON_DEFAULT_MODEL_NAME": "Llama",
        "SAGEMAKER_TRITON_INFERENCE_TYPE": "generate_stream",
        "SAGEMAKER_TRITON_LOG_VERBOSE": "false",
    }
    assert found.definition["ModelDataSource"]["S3DataSource"]["S3Uri"] == "s3://b/repository/"
    assert found.ami == GPU_AMI


@pytest.mark.parametrize(
    ("payload", "kind"), [("generate", "generate_stream"), ("generate-whole", "generate"), ("infer", "infer")]
)
def test_variables_of_the_users_win_over_what_triton_is_told(payload: str, kind: str) -> None:
    place = f"?model_data=s3://b/r.tar.gz&payload={payload}"
    assert environment("triton", place)["SAGEMAKER_TRITON_INFERENCE_TYPE"] == kind
    given = {"SAGEMAKER_TRITON_DEFAULT_MODEL_NAME": "ensemble", "SAGEMAKER_TRITON_LOG_VERBOSE": "1"}
    assert environment("triton", place, options=given).items() >= given.items()


def test_model_data_is_what_is_loaded() -> None:
    found = contained("vllm", "?model_data=s3://b/there", model="name").definition
    assert found["Environment"]["SM_VLLM_MODEL"] == "/opt/ml/model"
    source = found["ModelDataSource"]["S3DataSource"]
    assert source == {"S3Uri": "s3://b/there/", "S3DataType": "S3Prefix", "CompressionType": "None"}
    packed = contained("djl", "?model_data=s3://b-{region}/m.tar.gz").definition["ModelDataSource"]["S3DataSource"]
    assert packed == {"S3Uri": "s3://b-us-east-1/m.tar.gz", "S3DataType": "S3Object", "CompressionType": "Gzip"}


def test_an_image_of_the_users_wins_and_may_be_another_one_in_each_region() -> None:
    image = "1.dkr.ecr.{region}.amazonaws.com/mine:2"
    assert contained("djl", f"?image={image}").definition["Image"] == "1.dkr.ecr.us-east-1.amazonaws.com/mine:2"
    assert contained("djl", options={"image": image}).definition["Image"].endswith("us-east-1.amazonaws.com/mine:2")


def test_each_region_has_its_account() -> None:
    assert str(contained("djl", region="eu-south-1").definition["Image"]).startswith("692866216735.dkr.ecr.eu-south-1.")
    assert "amazonaws.com.cn/" in contained("djl", region="cn-north-1").definition["Image"]
    with pytest.raises(UnknownName, match=r"unknown region of AWS's images \(image= names one of yours\): 'mars-1'"):
        contained("djl", region="mars-1")


@pytest.mark.parametrize("model", ["smollm2-135m", "./here/m", "/here/m", "~/m", "C:\\m"])
def test_what_sagemaker_cannot_fetch_is_refused(model: str) -> None:
    with pytest.raises(UsageError, match=r"SageMaker cannot fetch the model .* give a Hugging Face id"):
        see_that_it_can_run(one := Deployment(model, "vllm", "sagemaker:ml.g5.2xlarge"), wanted_of(one, {}))


def test_a_stack_that_does_not_run_there_is_refused_with_those_that_do() -> None:
    one = Deployment("org/m", "ollama", "sagemaker:ml.g5.2xlarge")
    with pytest.raises(UnknownName, match=r"by endpoint=\): 'ollama'.* Known: djl, sglang, tgi, triton, vllm, vllm_"):
        see_that_it_can_run(one, wanted_of(one, {}))
    assert {*HOSTINGS} <= {*STACKS}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"--a.b": "1"}, "no variable of its image can be called after --a.b"),
        ({"--note": "x" * 1_025}, "SM_VLLM_NOTE has 1025 characters; SageMaker takes 1024 at most"),
        ({"--served-model-name": "other"}, "--served-model-name is given twice"),
        ({f"--o{nth}": nth for nth in range(120)}, "variables are more than the 100 that SageMaker takes"),
    ],
)
def test_what_variables_cannot_carry_is_refused(options: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        environment("vllm", options=options)
