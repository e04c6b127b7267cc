"""One request before any load, so that a wrong set-up fails in a second, with the way out."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from pytest_fmbench.client.decoding import decode
from pytest_fmbench.client.dialects.base import Dialect
from pytest_fmbench.client.dialects.calling import see_that_it_names_the_model
from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.conditions import UNKNOWN
from pytest_fmbench.model.endpoint import Endpoint
from pytest_fmbench.model.finite import Finite
from pytest_fmbench.model.prompt import Prompt
from pytest_fmbench.model.record import RequestRecord, Status
from pytest_fmbench.model.workload import OfModels, Workload
from pytest_fmbench.runs.ready.asking import Asking
from pytest_fmbench.runs.ready.explaining import explained
from pytest_fmbench.workloads.opening import opening

_INDEX = 1_000_003
"""A place in the workload that no run comes to, so that the preflight warms no prompt cache for one."""
_TOKENS = 4
_FINGERPRINT = re.compile(rb'"system_fingerprint"\s*:\s*"([^"\\\r\n]{1,200})"')


@dataclass(frozen=True)
class Finding:
    """What the preflight found.

    :param record: of its request.
    :param context: tokens that one request may take in all; None where the server does not say.
    :param notes: what a reader of the figures should know.
    :param fingerprint: what the server calls its own set-up (OpenAI's ``system_fingerprint``); ``unknown`` if nothing.
    :param typical: input tokens of a request, where that one does not stand for the others; None where it does.
    """

    record: RequestRecord
    context: int | None
    notes: tuple[str, ...]
    fingerprint: str = UNKNOWN
    typical: int | None = None

    @property
    def input_tokens(self) -> int:
        """About how many a request takes, as far as the server says."""
        return self.typical or self.record.input_tokens or 0


def preflight(endpoint: Endpoint, dialect: Dialect, workload: Workload, seed: int) -> Finding:
    """Ask one prompt of ``workload``, for a few tokens, and see that all that a run needs is there.

    :raises UsageError: an unknown model, missing credentials, a prompt that does not fit, no ``ignore_eos``.
    :raises EnvironmentFault: when there is no good reply for another reason.
    """
    finite = workload if isinstance(workload, Finite) else None
    asking, prompt = Asking(endpoint, dialect), _sample(workload, seed)
    see_that_it_names_the_model(dialect, prompt, endpoint)
    exchange = asking.exchange(_short(prompt))
    record = decode(exchange, dialect)
    models = asking.models()
    _check_models(workload, models)
    if record.status != Status.OK.value:
        raise explained(endpoint, record, _names(models))
    context = _context(endpoint, models)
    _check_context(endpoint, prompt, record, context)
    _check_length(endpoint, prompt, record)
    notes = (*_notes(record), *(_of_finite(finite, context) if finite else ()))
    typical = finite.input_tokens(record.input_tokens) if finite else None
    return Finding(record, context, notes, fingerprint_in(exchange.recording.data), typical)


def short_prompt(workload: Workload, seed: int) -> Prompt:
    """What the preflight asks: one prompt of ``workload`` that no run asks, for a few tokens."""
    return _short(_sample(workload, seed))


def _sample(workload: Workload, seed: int) -> Prompt:
    return workload.least(seed) if isinstance(workload, Finite) else opening(workload, _INDEX, seed)


def _short(prompt: Prompt) -> Prompt:
    return replace(prompt, max_tokens=min(_TOKENS, prompt.max_tokens))


def fingerprint_in(response: bytes | bytearray) -> str:
    """The first ``system_fingerprint`` of a response. In a text of the model, its quotes would be escaped."""
    found = _FINGERPRINT.search(response)
    return found[1].decode("utf-8", "replace") if found else UNKNOWN


def _names(models: list[dict[str, Any]]) -> list[str]:
    return sorted(str(entry.get("id")) for entry in models)


def _check_models(workload: Workload, models: list[dict[str, Any]]) -> None:
    served = _names(models)
    missing = [name for name in workload.models if name not in served] if isinstance(workload, OfModels) else []
    if served and missing:
        raise UsageError(f"the server has no {' and no '.join(map(repr, missing))}, but: {', '.join(served)}")


def _context(endpoint: Endpoint, models: list[dict[str, Any]]) -> int | None:
    """Where vLLM (``max_model_len``) and llama.cpp (``meta.n_ctx``) say it."""
    for entry in models:
        meta = entry.get("meta")
        found = entry.get("max_model_len") or (meta.get("n_ctx") if isinstance(meta, dict) else None)
        if entry.get("id") == endpoint.model and isinstance(found, int):
            return found
    return None


def _check_context(endpoint: Endpoint, prompt: Prompt, record: RequestRecord, context: int | None) -> None:
    needed = (record.input_tokens or 0) + prompt.max_tokens
    if context is not None and needed > context:
        raise UsageError(
            f"a request takes {record.input_tokens} input and {prompt.max_tokens} output tokens, but {endpoint.model} "
            f"is served with a context of {context}: ask for less, or serve it with more"
        )


def _check_length(endpoint: Endpoint, prompt: Prompt, record: RequestRecord) -> None:
    got = record.output_tokens or record.counted_output_tokens
    if prompt.ignore_eos and 0 < got < min(_TOKENS, prompt.max_tokens):  # a reply of none is an embedding
        raise UsageError(
            f"{endpoint.model} ended after {got} tokens although asked to ignore its end token: this server does not "
            "know ignore_eos, so output lengths cannot be fixed; use a workload that lets replies end, such as chat()"
        )


def _of_finite(finite: Finite, context: int | None) -> list[str]:
    """What is special about requests that are as they are, such as those that do not fit: they are asked, and fail."""
    beyond = finite.beyond(context) if context is not None else 0
    told = f"{beyond:,} of its requests do not fit the model's context of {context} tokens and will fail: clip them"
    return [*finite.notes(), *([told] if beyond else [])]


def _notes(record: RequestRecord) -> list[str]:
    notes = []
    if record.output_tokens is None and record.counted_output_tokens:
        notes.append("the server gives no usage: tokens are counted by us, one a chunk")
    if len(set(record.chunk_ns)) == 1 and (record.output_tokens or 0) > 1:
        notes.append("the reply came in one piece: if the server does not stream, ttft is e2e")
    return notes
