"""Needing more never makes a need smaller, and cutting never makes a device's part larger."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from pytest_fmbench.fit.architecture import Architecture
from pytest_fmbench.fit.fitting import Fitting, fitting_ones
from pytest_fmbench.fit.memory import Asked, Need, need
from pytest_fmbench.fit.reading import read_config
from pytest_fmbench.hardware.instances import INSTANCES, Instance
from pytest_fmbench.model.precision import PRECISIONS
from tests.support.models import CONFIGS

FOUND = [read_config(config) for config in CONFIGS.values()]
MODELS = st.sampled_from([one for one in FOUND if isinstance(one, Architecture)])
NAMES = st.none() | st.sampled_from(sorted(PRECISIONS))
PARALLEL = st.integers(1, 16)
ACCELERATED = [one for one in INSTANCES.values() if one.accelerator]

ASKED = st.builds(
    Asked,
    context=st.integers(0, 200_000),
    concurrency=st.integers(1, 300),
    quantization=NAMES,
    kv_precision=NAMES,
    tensor_parallel=PARALLEL,
    pipeline_parallel=PARALLEL,
    step_tokens=st.integers(1, 20_000),
    weights=st.sampled_from([0, 0, 1, 98_362_432]),
)


def at_most(one: Need, other: Need) -> bool:
    parts = ("weights", "cache", "activations", "runtime", "total")
    return all(getattr(one, part) <= getattr(other, part) for part in parts)


@given(MODELS, ASKED, st.integers(0, 100_000), st.integers(0, 100), st.integers(0, 10_000))
def test_more_context_users_and_tokens_a_step_never_need_less(
    of: Architecture, asked: Asked, context: int, users: int, tokens: int
) -> None:
    more = replace(
        asked,
        context=asked.context + context,
        concurrency=asked.concurrency + users,
        step_tokens=asked.step_tokens + tokens,
    )
    assert at_most(need(of, asked), need(of, more))


@given(MODELS, ASKED, st.sampled_from(["fp32", "bf16", "q8_0", "q6_k", "q4_0", "q2_k"]))
def test_more_bits_of_everything_never_need_less(of: Architecture, asked: Asked, name: str) -> None:
    smaller = [one.name for one in PRECISIONS.values() if one.gguf and one.bits <= PRECISIONS[name].bits]
    for kept in smaller:
        assert at_most(need(of, replace(asked, quantization=kept)), need(of, replace(asked, quantization=name)))


@given(MODELS, ASKED)
def test_more_bits_of_the_matrices_never_need_less(of: Architecture, asked: Asked) -> None:
    kinds = sorted(
        (one for one in PRECISIONS.values() if not one.gguf and one.name != "mxfp4"), key=lambda one: one.bits
    )
    sizes = [need(of, replace(asked, quantization=one.name)).weights for one in kinds]
    assert sizes == sorted(sizes)


@given(MODELS, ASKED)
def test_more_bits_of_the_cache_never_need_less(of: Architecture, asked: Asked) -> None:
    kinds = sorted(PRECISIONS.values(), key=lambda one: one.bits)
    sizes = [need(of, replace(asked, kv_precision=one.name)).cache for one in kinds]
    assert sizes == sorted(sizes)


@given(MODELS, ASKED, PARALLEL, PARALLEL)
def test_cutting_never_makes_a_part_larger(of: Architecture, asked: Asked, tensor: int, stages: int) -> None:
    cut = replace(
        asked,
        tensor_parallel=asked.tensor_parallel + tensor,
        pipeline_parallel=asked.pipeline_parallel + stages,
    )
    assert at_most(need(of, cut), need(of, asked))


@given(MODELS, ASKED)
def test_all_parts_together_hold_the_whole(of: Architecture, asked: Asked) -> None:
    whole = need(of, replace(asked, tensor_parallel=1, pipeline_parallel=1))
    part, parts = need(of, asked), asked.tensor_parallel * asked.pipeline_parallel
    assert part.weights * parts >= whole.weights
    assert part.cache * parts >= whole.cache


@given(MODELS, ASKED, st.sampled_from(ACCELERATED), st.floats(0.1, 1.0))
def test_as_many_as_are_at_once_fit_and_one_more_does_not(
    of: Architecture, asked: Asked, instance: Instance, share: float
) -> None:
    found = Fitting(of, replace(asked, step_tokens=1), instance, share, True)
    many = found.at_once
    assert many >= 0
    if asked.context and many:
        beyond = replace(found, asked=replace(found.asked, concurrency=many + 1))
        assert beyond.need.total > found.room


@given(MODELS, ASKED, st.floats(0.1, 1.0))
def test_what_is_said_to_fit_does(of: Architecture, asked: Asked, share: float) -> None:
    for found in fitting_ones(of, asked, ACCELERATED, share, on_accelerators=True):
        assert found.fits
        assert found.asked.tensor_parallel >= asked.tensor_parallel
