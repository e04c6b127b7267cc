"""lm-evaluation-harness on real engines: what its own model class gets, we get, item by item."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pytest_fmbench.catalog import STACKS
from pytest_fmbench.errors import NotAllowed
from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.platforms.shares import runtime_for
from pytest_fmbench.weights.cache import CACHE_VARIABLE
from tests.live.conftest import CACHE

pytestmark = [pytest.mark.lasting]
pytest.importorskip("lm_eval", reason="needs pytest-fmbench[harness]")

CAPITALS = [("Norway", "Oslo"), ("Peru", "Lima"), ("Japan", "Tokyo"), ("Italy", "Rome"), ("Kenya", "Nairobi")]
COMMON = """
dataset_path: json
dataset_kwargs: {{data_files: {{test: {rows}}}}}
test_split: test
doc_to_text: "The capital of France is Paris. The capital of {{{{country}}}} is"
"""
WRITTEN = """
task: capitals_written
output_type: generate_until
doc_to_target: "{{capital}}"
generation_kwargs: {until: [".", "\\n"], max_gen_toks: 6, do_sample: false, temperature: 0.0}
filter_list: [{name: stripped, filter: [{function: remove_whitespace}, {function: take_first}]}]
metric_list: [{metric: exact_match}]
"""
CHOSEN = """
task: capitals_chosen
output_type: multiple_choice
doc_to_choice: ["Oslo", "Lima", "Tokyo", "Rome", "Nairobi"]
doc_to_target: "{{capital}}"
metric_list: [{metric: acc}, {metric: acc_norm}]
"""

CASE = """
import json, pathlib
import lm_eval, pytest
from lm_eval.tasks import TaskManager
from pytest_fmbench import Deployment, harness

@pytest.mark.deployments({deployment!r})
@pytest.mark.sla("quality.failed <= 0%")
def test_it(fmbench, deployment, endpoint):
    found = fmbench.quality(deployment, harness({task!r}, folder="tasks"), concurrency=1)
    asked = dict(base_url=endpoint.base_url + "/completions", model=endpoint.model, num_concurrent=1)
    own = lm_eval.simple_evaluate(
        "local-completions",
        model_args=asked | {args},
        tasks=[{task!r}],
        task_manager=TaskManager(include_path="tasks"),
    )
    samples = own["samples"][{task!r}]
    pathlib.Path("own.json").write_text(json.dumps({{
        "samples": [{{"resps": one["resps"], **{{name: one[name] for name in one["metrics"]}}}} for one in samples],
        "results": own["results"][{task!r}],
    }}))
"""


@pytest.fixture
def tasks(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of two tasks, in which nothing comes from a network."""
    folder = pytester.mkdir("tasks")
    rows = folder / "rows.jsonl"
    rows.write_text("\n".join(json.dumps({"country": name, "capital": capital}) for name, capital in CAPITALS))
    for name, text in (("written", WRITTEN), ("chosen", CHOSEN)):
        (folder / f"{name}.yaml").write_text(text + COMMON.format(rows=rows))
    monkeypatch.setenv(CACHE_VARIABLE, str(CACHE))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_DATASETS_CACHE", str(pytester.path / "datasets"))
    return folder


def run(pytester: pytest.Pytester, deployment: Deployment, task: str, args: str) -> tuple[dict, dict]:  # type: ignore[type-arg]  # JSON
    pytester.makepyfile(CASE.format(deployment=deployment, task=task, args=args))
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", "--fmbench-store-text", "full")
    result.assert_outcomes(passed=1)
    (told,) = pytester.path.glob("fmbench-out/*/qualities/*/quality.json")
    return json.loads(told.read_text()), json.loads((pytester.path / "own.json").read_text())


def agree(ours: dict, own: dict, key: str) -> None:  # type: ignore[type-arg]  # JSON
    """Their figures are the same by either way, and so is the mean of our marks."""
    theirs = ours["made_with"]["theirs"][ours["task"]][key]
    name, _, filtered = key.partition(",")
    assert theirs["value"] == pytest.approx(own["results"][key])
    assert theirs["stderr"] == pytest.approx(own["results"][f"{name}_stderr,{filtered}"])
    assert ours["figures"][name]["value"] == pytest.approx(own["results"][key])
    assert ours["figures"][name]["n"] == len(CAPITALS)


@pytest.mark.usefixtures("tasks")
def test_what_a_model_writes_is_the_same_item_by_item(pytester: pytest.Pytester) -> None:
    from pytest_fmbench.store.answers import read_answers

    deployment = Deployment("smollm2-135m", "llamacpp", quantization="q4_1")
    plain = '{"tokenizer_backend": None, "tokenized_requests": False}'
    ours, own = run(pytester, deployment, "capitals_written", plain)
    (path,) = pytester.path.glob("fmbench-out/*/answers/*/answers.parquet")
    said = read_answers(path)
    assert [one.text for one in said] == [one["resps"][0][0] for one in own["samples"]]
    assert [one.score for one in said] == [one["exact_match"] for one in own["samples"]]
    assert len({one.text for one in said}) > 1
    agree(ours, own, "exact_match,stripped")


@pytest.mark.usefixtures("tasks")
def test_a_server_that_tells_no_likelihoods_is_refused(pytester: pytest.Pytester) -> None:
    deployment = Deployment("smollm2-135m", "llamacpp", quantization="q4_1")
    pytester.makepyfile(CASE.format(deployment=deployment, task="capitals_chosen", args="{}"))
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*does not tell how likely a given text is*"])


@pytest.mark.usefixtures("tasks")
def test_the_likeliest_of_several_texts_is_the_same(pytester: pytest.Pytester) -> None:
    options: dict[str, object] = {"threads": 1, "context": 512, "--enforce-eager": True}
    options["--enable-tokenizer-info-endpoint"] = True  # by which their own model class finds the tokenizer
    deployment = Deployment("smollm2-135m", "vllm_cpu", quantization="bf16", options=options)  # type: ignore[arg-type]  # all are options
    try:
        runtime_for(deployment, STACKS["vllm_cpu"]().plan(deployment))
    except NotAllowed as error:
        pytest.skip(str(error))
    ours, own = run(pytester, deployment, "capitals_chosen", '{"tokenizer_backend": "remote", "max_length": 512}')
    for key in ("acc,none", "acc_norm,none"):
        agree(ours, own, key)
