from __future__ import annotations

from pathlib import Path

import pytest

from pytest_fmbench.catalog import STACKS  # here, as a session in this process unloads what it was the first to load
from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.secret import Secret
from pytest_fmbench.options import Settings, read_settings, recorded_options

URL = "http://127.0.0.1:8000/v1"
KEY = "hunter2"


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FMBENCH_TEST_KEY", KEY)
    monkeypatch.setenv("FMBENCH_TEST_EMPTY", "")
    monkeypatch.delenv("FMBENCH_TEST_UNSET", raising=False)


def refusal(pytester: pytest.Pytester, *arguments: str) -> str:
    with pytest.raises(UsageError) as caught:
        read(pytester, *arguments)
    return str(caught.value)


def read(pytester: pytest.Pytester, *arguments: str) -> Settings:
    return read_settings(pytester.parseconfig(*arguments))


def test_without_an_option_there_are_defaults(pytester: pytest.Pytester) -> None:
    assert read(pytester) == Settings(
        output=pytester.path / "fmbench-out",
        duration_s=40.0,
        confidence=0.95,
        tolerance=0.05,
        inconclusive="fail",
        target=None,
        headers={},
        ca_bundle=None,
        max_tokens=2_000_000,
        engine="processes",
        workers=1,
        require=None,
    )


@pytest.mark.parametrize(("folder", "expected"), [("out", "out"), ("a/../b", "a/../b")])
def test_output_counts_from_where_pytest_was_called(pytester: pytest.Pytester, folder: str, expected: str) -> None:
    pytester.mkdir("below")
    assert read(pytester, "--fmbench-output", folder, "--rootdir", "below").output == pytester.path / expected


def test_output_may_be_anywhere(pytester: pytest.Pytester, tmp_path: Path) -> None:
    assert read(pytester, "--fmbench-output", str(tmp_path / "x")).output == tmp_path / "x"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("30s", 30.0), ("2min", 120.0), ("500ms", 0.5), ("1.5 s", 1.5), ("45", 45.0)],
)
def test_a_duration_has_a_unit_or_is_in_seconds(pytester: pytest.Pytester, text: str, seconds: float) -> None:
    assert read(pytester, "--fmbench-duration", text).duration_s == seconds


@pytest.mark.parametrize("text", ["", "0", "0s", "-5s", "soon", "1h", "1e3s", "nan", "inf", "30s 5", "9" * 400])
def test_a_duration_that_is_none_is_refused(pytester: pytest.Pytester, text: str) -> None:
    message = f"--fmbench-duration {text!r}: give a length of time, as 30s, 2min or 500ms"
    assert refusal(pytester, f"--fmbench-duration={text}") == message


@pytest.mark.parametrize(("text", "share"), [("0.9", 0.9), ("99%", 0.99), ("99.5 %", 0.995)])
def test_confidence_is_a_share(pytester: pytest.Pytester, text: str, share: float) -> None:
    assert read(pytester, "--fmbench-confidence", text).confidence == share


@pytest.mark.parametrize("text", ["", "0", "0.5", "50%", "1", "100%", "95", "-1", "high", "nan"])
def test_a_confidence_that_decides_nothing_is_refused(pytester: pytest.Pytester, text: str) -> None:
    message = refusal(pytester, f"--fmbench-confidence={text}")
    assert message.startswith(f"--fmbench-confidence {text!r}: give a share below 1")
    assert message.endswith("above 0.5")


def test_what_is_offered_as_a_confidence_is_one(pytester: pytest.Pytester) -> None:
    assert "as 0.95 or 95%" in refusal(pytester, "--fmbench-confidence", "95")


@pytest.mark.parametrize(("text", "share"), [("0", 0.0), ("0%", 0.0), ("0.1", 0.1), ("12.5%", 0.125)])
def test_tolerance_is_a_share_from_nothing(pytester: pytest.Pytester, text: str, share: float) -> None:
    assert read(pytester, "--fmbench-tolerance", text).tolerance == share


@pytest.mark.parametrize("text", ["", "1", "100%", "5", "-5%", "some", "inf"])
def test_a_tolerance_of_everything_is_refused(pytester: pytest.Pytester, text: str) -> None:
    message = refusal(pytester, f"--fmbench-tolerance={text}")
    assert message == f"--fmbench-tolerance {text!r}: give a share below 1, as 0.05 or 5%"


@pytest.mark.parametrize(("text", "seconds"), [("1s", 1.0), ("100ms", 0.1), ("2", 2.0), ("off", None)])
def test_telemetry_is_sampled_as_often_as_was_said(pytester: pytest.Pytester, text: str, seconds: float | None) -> None:
    assert read(pytester, "--fmbench-telemetry", text).telemetry_s == seconds


@pytest.mark.parametrize("text", ["", "0", "on", "10ms", "nan"])
def test_a_period_of_telemetry_that_is_none_is_refused(pytester: pytest.Pytester, text: str) -> None:
    message = refusal(pytester, f"--fmbench-telemetry={text}")
    assert message == f"--fmbench-telemetry {text!r}: give a length of time from 100ms, as 1s, or off"


@pytest.mark.parametrize("url", ["http://gpus:9400/metrics", "https://gpus/metrics", "http://[::1]:9400"])
def test_a_page_of_dcgm_is_a_url(pytester: pytest.Pytester, url: str) -> None:
    assert read(pytester, "--fmbench-dcgm-url", url).dcgm_url == url


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("gpus:9400", "give an http or https URL"),
        ("http://a:b@gpus/metrics", "holds a password"),
        ("http://", "give an"),
    ],
)
def test_a_page_of_dcgm_that_is_none_is_refused(pytester: pytest.Pytester, url: str, said: str) -> None:
    assert said in refusal(pytester, "--fmbench-dcgm-url", url)


@pytest.mark.parametrize("choice", ["fail", "skip", "pass"])
def test_what_is_not_decided_becomes_what_was_chosen(pytester: pytest.Pytester, choice: str) -> None:
    assert read(pytester, "--fmbench-inconclusive", choice).inconclusive == choice


def test_any_other_choice_is_refused_with_the_choices(pytester: pytest.Pytester) -> None:
    with pytest.raises(pytest.UsageError, match=r"--fmbench-inconclusive: invalid choice: 'ignore' .*fail.*skip.*pass"):
        read(pytester, "--fmbench-inconclusive", "ignore")


def test_a_running_endpoint_is_a_deployment(pytester: pytest.Pytester) -> None:
    target = read(pytester, "--fmbench-url", URL, "--fmbench-model", "org/m").target
    assert target == Deployment("org/m", "openai", f"url:{URL}")


TARGET = ("--fmbench-url", URL, "--fmbench-model", "m")


@pytest.mark.parametrize(
    ("options", "stack", "named", "identity"),
    [
        (("--fmbench-stack", "vllm"), "vllm", {}, "m+vllm+url_http_127.0.0.1_8000_v1"),
        (
            ("--fmbench-stack", "triton_trtllm"),
            "triton_trtllm",
            {"dialect": "triton-llmapi"},
            "m+triton_trtllm,dialect=triton_llmapi+url_http_127.0.0.1_8000_v1",
        ),
        (
            ("--fmbench-stack", "ray", "--fmbench-metrics-url", "http://127.0.0.1:8080/metrics"),
            "ray",
            {"metrics": "http://127.0.0.1:8080/metrics"},
            "m+ray+url_http_127.0.0.1_8000_v1",
        ),
    ],
)
def test_what_serves_there_may_be_said(
    pytester: pytest.Pytester, options: tuple[str, ...], stack: str, named: dict[str, str], identity: str
) -> None:
    """Its dialect stays the usual one where it speaks that, and where its page is makes no other deployment of it."""
    target = read(pytester, *TARGET, *options).target
    assert target == Deployment("m", stack, f"url:{URL}", options=named)
    assert target.id == identity


def test_a_stack_that_is_not_known_is_refused_with_those_that_are(pytester: pytest.Pytester) -> None:
    message = refusal(pytester, *TARGET, "--fmbench-stack", "vlm")
    assert message == f"unknown stack 'vlm', did you mean 'vllm'? Known: {', '.join(sorted(STACKS))}"


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("host:8002", "give an http or https URL, such as http://127"),
        ("http://a:hunter2@h/metrics", "holds a password"),
    ],
)
def test_a_page_of_metrics_is_a_url(pytester: pytest.Pytester, url: str, said: str) -> None:
    message = refusal(pytester, *TARGET, "--fmbench-metrics-url", url)
    assert said in message
    assert KEY not in message


@pytest.mark.parametrize("alone", [("--fmbench-stack", "vllm"), ("--fmbench-metrics-url", "http://h/metrics")])
def test_more_of_an_endpoint_needs_one(pytester: pytest.Pytester, alone: tuple[str, str]) -> None:
    assert refusal(pytester, *alone) == f"{alone[0]} says more of a running endpoint: name that too, --fmbench-url"


@pytest.mark.parametrize("alone", [("--fmbench-url", URL), ("--fmbench-model", "m")])
def test_an_endpoint_needs_address_and_model(pytester: pytest.Pytester, alone: tuple[str, str]) -> None:
    assert refusal(pytester, *alone).startswith("--fmbench-url and --fmbench-model go together: ")


@pytest.mark.parametrize("url", ["", "127.0.0.1:8000/v1", "ftp://h", "localhost"])
def test_an_address_that_is_no_url_is_refused(pytester: pytest.Pytester, url: str) -> None:
    message = f"--fmbench-url {url!r}: give an http or https URL, such as {URL}"
    assert refusal(pytester, "--fmbench-model", "m", "--fmbench-url", url) == message


def test_an_empty_model_is_refused_by_its_option(pytester: pytest.Pytester) -> None:
    assert "--fmbench-model" in refusal(pytester, "--fmbench-url", URL, "--fmbench-model", "")


def test_an_address_with_a_password_is_refused_and_not_shown(pytester: pytest.Pytester) -> None:
    message = refusal(pytester, "--fmbench-model", "m", "--fmbench-url", f"http://me:{KEY}@h/v1")
    assert "--fmbench-url" in message
    assert KEY not in message


def test_headers_add_up(pytester: pytest.Pytester) -> None:
    headers = read(pytester, "--fmbench-header", "X-Team: a:b ", "--fmbench-header", "X-Empty:").headers
    assert headers == {"X-Team": Secret("a:b"), "X-Empty": Secret("")}


def test_a_key_is_read_from_the_environment(pytester: pytest.Pytester) -> None:
    headers = read(pytester, "--fmbench-api-key-env", "FMBENCH_TEST_KEY").headers
    assert headers == {"Authorization": Secret(f"Bearer {KEY}")}


@pytest.mark.parametrize("variable", ["FMBENCH_TEST_UNSET", "FMBENCH_TEST_EMPTY"])
def test_a_key_that_is_not_there_is_named(pytester: pytest.Pytester, variable: str) -> None:
    message = f"--fmbench-api-key-env {variable}: that environment variable is not set"
    assert refusal(pytester, "--fmbench-api-key-env", variable) == message


def test_a_line_end_after_the_key_is_not_sent(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FMBENCH_TEST_KEY", f"{KEY}\n")
    headers = read(pytester, "--fmbench-api-key-env", "FMBENCH_TEST_KEY").headers
    assert headers == {"Authorization": Secret(f"Bearer {KEY}")}


@pytest.mark.parametrize("pair", ["no colon", ": v", "a b: v", "ä: v", ""])
def test_a_header_that_is_none_is_refused(pytester: pytest.Pytester, pair: str) -> None:
    message = refusal(pytester, f"--fmbench-header={pair}")
    assert message.startswith("--fmbench-header")
    assert "'Name: value'" in message


@pytest.mark.parametrize("value", ["a\nX-Evil: b", "a\r\nb", "\u20ac"])
def test_a_header_that_cannot_be_sent_is_refused(pytester: pytest.Pytester, value: str) -> None:
    assert "--fmbench-header" in refusal(pytester, "--fmbench-header", f"X-Team: {value}")


def test_one_authorization_is_enough(pytester: pytest.Pytester) -> None:
    twice = ("--fmbench-header", f"authorization: {KEY}", "--fmbench-api-key-env", "FMBENCH_TEST_KEY")
    assert "--fmbench-api-key-env" in refusal(pytester, *twice)


@pytest.mark.parametrize(
    "mistake",
    [
        ("--fmbench-header", f"Authorization=Bearer {KEY}"),
        ("--fmbench-header", f"Bearer {KEY}: x"),
        ("--fmbench-api-key-env", f"sk-{KEY}"),
    ],
)
def test_a_secret_in_the_wrong_place_is_refused_and_not_shown(
    pytester: pytest.Pytester, mistake: tuple[str, str]
) -> None:
    message = refusal(pytester, *mistake)
    assert mistake[0] in message
    assert KEY not in message


@pytest.mark.parametrize(
    "arguments", [("--fmbench-header", f"X-Key: {KEY}"), ("--fmbench-api-key-env", "FMBENCH_TEST_KEY")]
)
def test_no_secret_is_shown_or_recorded(pytester: pytest.Pytester, arguments: tuple[str, str]) -> None:
    config = pytester.parseconfig(*arguments)
    assert "***" in repr(read_settings(config))
    assert KEY not in repr(read_settings(config)) + repr(recorded_options(config))


def test_what_is_recorded_is_what_was_given(pytester: pytest.Pytester) -> None:
    config = pytester.parseconfig("--fmbench-duration", "2min", "--fmbench-header", "X-Team: a", "--maxfail", "3")
    recorded = recorded_options(config)
    assert (recorded["fmbench_duration"], recorded["fmbench_header"]) == ("2min", ["X-Team"])
    assert all(name.startswith("fmbench_") for name in recorded)


@pytest.mark.parametrize(
    ("arguments", "sequential"),
    [((), True), (("--fmbench-sampling", "sequential"), True), (("--fmbench-sampling", "fixed"), False)],
)
def test_a_window_ends_when_its_case_is_decided_unless_it_is_to_be_fixed(
    pytester: pytest.Pytester, arguments: tuple[str, ...], sequential: bool
) -> None:
    assert read(pytester, *arguments).sequential is sequential


def test_a_plan_is_made_where_it_is_asked_for(pytester: pytest.Pytester) -> None:
    assert (read(pytester).plan, read(pytester, "--fmbench-plan").plan) == (False, True)


@pytest.mark.parametrize("required", ["all", "1"])
def test_a_plan_measures_nothing_that_could_be_required(pytester: pytest.Pytester, required: str) -> None:
    message = refusal(pytester, "--fmbench-plan", "--fmbench-require", required)
    assert message == "--fmbench-plan measures nothing, so that --fmbench-require cannot be met; give one of them"
