"""The conditions of a run, as ``case.json`` records them.

Not among them: the promises of each request and the formulas. A comparison computes both runs again from their records,
by the same formulas and with the same promises.
"""

from __future__ import annotations

import json
from hashlib import sha256

from pytest_fmbench.load.arrivals import Load
from pytest_fmbench.model.conditions import Plain
from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.endpoint import Endpoint
from pytest_fmbench.model.session import Sessions
from pytest_fmbench.model.workload import Workload
from pytest_fmbench.platforms.base import Server
from pytest_fmbench.platforms.machine import machine, with_gpus
from pytest_fmbench.workloads.opening import opening

SAMPLED = (*range(12), 100, 1_000, 10_000, 100_000)
"""Places in a workload whose prompts stand for all."""

_DIGITS = 16
_LONGEST = 200


def conditions_of(
    deployment: Deployment, server: Server, *, fingerprint: str, workload: Workload, load: Load, seed: int
) -> dict[str, dict[str, Plain]]:
    """What figures depend on beside the server's own speed.

    :param fingerprint: what the server calls its own set-up.
    :param workload: as it is asked, fitted to the model.
    :param seed: with which its prompts are drawn.
    """
    return {
        "machine": with_gpus() if deployment.platform == "local" else machine(),
        "stack": {**server.facts, "version": server.version, "fingerprint": fingerprint},
        # without the place: an address names a host
        "deployment": {"served": deployment.id.rpartition("+")[0], "platform": deployment.platform},
        "workload": {"prompts": asked(workload, seed)},
        "load": {"arrivals": _short(repr(load))},
        "client": _client(server.endpoint),
    }


def asked(workload: Workload, seed: int) -> str:
    """A hash of what is really asked, whatever the workload calls itself: of sampled prompts, drawn with ``seed``.

    Of sessions only what they ask first is known before a model has answered, so what they call themselves counts too.
    """
    digest = sha256(repr(workload).encode() if isinstance(workload, Sessions) else b"")
    for index in SAMPLED:
        prompt = opening(workload, index, seed)
        texts = [[one.role, one.content, *one.images] for one in prompt.messages]
        what: list[object] = [texts, prompt.max_tokens, prompt.ignore_eos, prompt.turn]
        if prompt.fields or prompt.documents or prompt.model:
            what.append([prompt.fields, prompt.documents, prompt.model])
        line = json.dumps(what)
        digest.update(line.encode() + b"\n")
    return digest.hexdigest()[:_DIGITS]


def _client(endpoint: Endpoint) -> dict[str, Plain]:
    return {
        "proxy": endpoint.proxy is not None,
        "http2": endpoint.http2,
        "fresh_connections": endpoint.fresh_connections,
    }


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}... ({sha256(text.encode()).hexdigest()[:_DIGITS]})"
