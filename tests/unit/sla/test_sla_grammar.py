from dataclasses import dataclass

import pytest

from pytest_fmbench.catalog import METRICS as CATALOG
from pytest_fmbench.errors import ObjectiveSyntaxError
from pytest_fmbench.metrics.base import Kind, Metric
from pytest_fmbench.model.registry import Registry
from pytest_fmbench.model.units import SPELLINGS, Unit
from pytest_fmbench.sla import parse


@dataclass(frozen=True)
class Declared:
    name: str
    unit: Unit
    kind: Kind


METRICS = {
    one.name: one
    for one in (
        Declared("ttft", Unit.SECOND, Kind.REQUEST),
        Declared("itl", Unit.SECOND, Kind.POOLED),
        Declared("output_tokens", Unit.TOKEN, Kind.REQUEST),
        Declared("error_rate", Unit.SHARE, Kind.SHARE),
        Declared("goodput", Unit.SHARE, Kind.SHARE),
        Declared("output_token_rate", Unit.TOKEN_RATE, Kind.RATE),
        Declared("request_rate", Unit.REQUEST_RATE, Kind.RATE),
        Declared("cost", Unit.USD, Kind.RATE),
    )
}


def problem(text: str) -> tuple[str, str]:
    """What is wrong with ``text``, and the part of it that the error points at."""
    with pytest.raises(ObjectiveSyntaxError) as caught:
        parse(text, METRICS)
    assert caught.value.text == text
    return caught.value.problem, text[caught.value.position :]


@pytest.mark.parametrize(
    ("text", "metric", "statistic", "operator", "limit"),
    [
        ("ttft.p95 < 500ms", "ttft", "p95", "<", 0.5),
        ("ttft.p99.9 <= 2s", "ttft", "p99.9", "<=", 2.0),
        ("ttft.p0.5 > 1us", "ttft", "p0.5", ">", 1e-6),
        ("ttft.mean < 1.5 min", "ttft", "mean", "<", 90.0),
        ("itl.max < 2.5e-1s", "itl", "max", "<", 0.25),
        ("itl.p50<+.5E2ms", "itl", "p50", "<", 0.05),
        ("output_tokens.mean > 16", "output_tokens", "mean", ">", 16.0),
        ("output_tokens.p05 >= 16 tok", "output_tokens", "p5", ">=", 16.0),
        ("error_rate <= 0%", "error_rate", None, "<=", 0.0),
        ("error_rate <= 0", "error_rate", None, "<=", 0.0),
        ("error_rate < 0.05", "error_rate", None, "<", 0.05),
        ("goodput >= 57%", "goodput", None, ">=", 0.57),
        ("goodput >= 100%", "goodput", None, ">=", 1.0),
        ("output_token_rate >= 40 tok/s", "output_token_rate", None, ">=", 40.0),
        ("output_token_rate >= 40tok / s", "output_token_rate", None, ">=", 40.0),
        ("request_rate > 0 req/s", "request_rate", None, ">", 0.0),
        ("ttft.p50 <= 0", "ttft", "p50", "<=", 0.0),
        ("cost < 0.01 USD", "cost", None, "<", 0.01),
    ],
)
def test_reads(text: str, metric: str, statistic: str | None, operator: str, limit: float) -> None:
    objective = parse(text, METRICS)
    assert (objective.metric, objective.statistic, objective.operator) == (metric, statistic, operator)
    assert objective.limit == limit
    assert objective.text == text
    assert not objective.per_request


@pytest.mark.parametrize("text", ["ttft.p95<500ms", "  ttft . p95\t<\n500   ms  ", "ttft.p95 <500 ms"])
def test_white_space_is_free(text: str) -> None:
    objective = parse(text, METRICS)
    assert (objective.metric, objective.statistic, objective.operator, objective.limit) == ("ttft", "p95", "<", 0.5)


def test_without_a_statistic_it_is_about_each_request() -> None:
    objective = parse("ttft < 500ms", METRICS)
    assert objective.per_request
    assert objective.statistic is None


def test_metrics_may_come_from_a_registry() -> None:
    metrics: Registry[Metric] = Registry("metric", {"ttft": "pytest_fmbench.metrics.ttft:METRIC"})
    assert parse("ttft.p95 < 500ms", metrics).limit == 0.5
    with pytest.raises(ObjectiveSyntaxError, match="did you mean 'ttft'"):
        parse("tfft.p95 < 500ms", metrics)


@pytest.mark.parametrize("text", ["", "   ", "< 5ms", "5ms > ttft", ".p95 < 5ms"])
def test_an_objective_begins_with_a_metric(text: str) -> None:
    said, at = problem(text)
    assert said.endswith("one of cost, error_rate, goodput, itl, output_token_rate, output_tokens, request_rate, ttft")
    assert at == text.lstrip()


@pytest.mark.parametrize(
    ("objective", "told"),
    [
        ("throughput > 4", "unknown metric 'throughput': here that is output_token_rate, or request_rate\n"),
        ("TTFT_ms < 4", "unknown metric 'TTFT_ms': here that is ttft\n"),
        ("p95(ttft) < 4s", "unknown metric 'p95': a statistic stands behind its metric, as in ttft.p95\n"),
        ("mean < 4s", "as in ttft.mean\n"),
    ],
)
def test_what_other_tools_call_a_metric_is_translated(objective: str, told: str) -> None:
    with pytest.raises(ObjectiveSyntaxError) as found:
        parse(objective, METRICS)
    assert told in str(found.value)


def test_an_unknown_metric_is_corrected() -> None:
    said, at = problem("  good_put >= 95%")
    assert at == "good_put >= 95%"
    assert "did you mean 'goodput'" in said
    assert "Known: cost, error_rate" in said


@pytest.mark.parametrize(
    "name", ["min", "p0", "p00", "p100", "p0.0", "p-5", "p", "pp5", "p9x", "p99.9.9", "P95", "median", ""]
)
def test_an_unknown_statistic_is_corrected(name: str) -> None:
    said, at = problem(f"ttft.{name} < 5ms")
    assert at == f"{name} < 5ms".lstrip()
    assert "p50, p90, p95, p99" in said or said.startswith("expected one of")


def test_a_metric_of_many_values_needs_a_statistic() -> None:
    said, at = problem("itl < 5ms")
    assert at == "< 5ms"
    assert "itl.p99" in said


@pytest.mark.parametrize("metric", ["error_rate", "output_token_rate"])
def test_a_metric_of_one_number_takes_none(metric: str) -> None:
    said, at = problem(f"{metric}.mean > 5%")
    assert at == ".mean > 5%"
    assert "takes no statistic" in said


@pytest.mark.parametrize("operator", ["==", "=", "!=", "=<", "is", ""])
def test_an_unknown_operator_lists_the_known(operator: str) -> None:
    said, at = problem(f"ttft.p95 {operator} 5ms")
    assert at == f"{operator} 5ms".lstrip()
    assert said == "expected one of <=, >=, <, >"


@pytest.mark.parametrize("rest", ["", "ms", "= 5ms", "fast", "< 5ms"])
def test_a_limit_begins_with_a_number(rest: str) -> None:
    said, at = problem(f"ttft.p95 < {rest}")
    assert at == rest
    assert "expected a number" in said


@pytest.mark.parametrize("value", ["nan", "inf", "+Infinity", "-inf", "1e999", "1e301"])
def test_a_limit_is_finite(value: str) -> None:
    said, at = problem(f"ttft.p95 < {value} s")
    assert at == f"{value} s"
    assert "finite" in said


@pytest.mark.parametrize("value", ["-5ms", "-0.0s", "-1e-3 s"])
def test_a_limit_is_not_negative(value: str) -> None:
    said, at = problem(f"ttft.p95 < {value}")
    assert at == value
    assert "negative" in said


@pytest.mark.parametrize(
    ("text", "fitting"), [("ttft.p95 < 500", "us, ms, s, min"), ("output_token_rate > 40", "tok/s")]
)
def test_a_bare_number_is_of_nothing(text: str, fitting: str) -> None:
    said, at = problem(text)
    assert at == ""
    assert said.endswith(f"of what? A unit is needed: {fitting}")


@pytest.mark.parametrize("unit", ["msec", "S", "µs", "m s", "_000ms"])
def test_an_unknown_unit_lists_those_that_fit(unit: str) -> None:
    said, at = problem(f"ttft.p95 < 500{unit}")
    assert at == unit
    assert "Known: min, ms, s, us" in said


@pytest.mark.parametrize("metric", METRICS.values(), ids=lambda metric: metric.name)
@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_unit_is_of_the_metrics_own_kind(metric: Declared, spelling: str) -> None:
    statistic = ".mean" if metric.kind.takes_statistic else ""
    text = f"{metric.name}{statistic} > 0.5 {spelling}"
    if SPELLINGS[spelling].unit is metric.unit:
        assert parse(text, METRICS).limit == pytest.approx(0.5 * SPELLINGS[spelling].factor)
    else:
        said, at = problem(text)
        assert at == spelling
        assert "what fits here is" in said


@pytest.mark.parametrize("extra", ["please", ",5ms", "< 6ms", "5"])
def test_nothing_may_follow(extra: str) -> None:
    said, at = problem(f"ttft.p95 < 0.5 s {extra}  ")
    assert at.rstrip() == extra
    assert said == f"nothing may follow the limit, here is {extra!r}"


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("error_rate < 0%", "never"),
        ("ttft.p95 < 0", "never"),
        ("error_rate > 100%", "never"),
        ("ttft.p95 >= 0ms", "always"),
        ("ttft.p95 < 1e-999s", "never"),
        ("error_rate <= 100%", "always"),
    ],
)
def test_what_always_or_never_holds_is_no_promise(text: str, word: str) -> None:
    said, at = problem(text)
    assert at[0] in "<>"
    assert word in said


@pytest.mark.parametrize("limit", ["5", "101%", "1.01"])
def test_a_share_is_at_most_one(limit: str) -> None:
    said, at = problem(f"error_rate <= {limit}")
    assert at == limit
    assert "100%" in said


def test_the_message_shows_the_place() -> None:
    with pytest.raises(ObjectiveSyntaxError) as caught:
        parse("ttft.p95 < 500 tok", METRICS)
    assert str(caught.value).endswith("\n    ttft.p95 < 500 tok\n                   ^")


@pytest.mark.parametrize("text", ["task.success >= 0%", "tool_calls.valid >= 0", "prefix_cache.hit >= 0%"])
def test_that_tasks_are_told_of_at_all_is_a_promise(text: str) -> None:
    assert parse(text, CATALOG).limit == 0.0
