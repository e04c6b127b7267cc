"""What other tools call a metric, and how an objective on it is written here."""

from __future__ import annotations

from pytest_fmbench.sla.statistic import canonical

_HERE = {
    "e2e_latency": "e2e",
    "e2el": "e2e",
    "errors": "error_rate",
    "failure_rate": "error_rate",
    "inter_token_latency": "itl",
    "latency": "e2e",
    "output_throughput": "output_token_rate",
    "output_tokens_per_second": "output_token_rate",
    "qps": "request_rate",
    "request_latency": "e2e",
    "request_throughput": "request_rate",
    "requests_per_second": "request_rate",
    "rps": "request_rate",
    "success_rate": "error_rate",
    "throughput": "output_token_rate, or request_rate",
    "time_per_output_token": "tpot",
    "time_to_first_token": "ttft",
    "tokens_per_second": "output_token_rate",
    "tps": "output_token_rate",
    "ttft": "ttft",
    "tpot": "tpot",
    "itl": "itl",
}
"""By the names of vLLM's ``bench serve``, of guidellm, of load testers in general; without the unit that some add."""


def meant(name: str) -> str:
    """What ``name`` is here, in words; empty where nothing is known of it."""
    if canonical(name) is not None:
        return f"a statistic stands behind its metric, as in ttft.{name}"
    here = _HERE.get(name.lower().removesuffix("_ms"))
    return f"here that is {here}" if here else ""
