from __future__ import annotations

import pytest

from pytest_fmbench.store.redaction import HIDDEN, redacted

SECRET = "s3cr3t-abcdef0123456789"


@pytest.mark.parametrize(
    "text",
    [
        f"Authorization: Bearer {SECRET}",
        f'{{"authorization": "Bearer {SECRET}"}}',
        f"GET https://h/v1?api_key={SECRET}&x=1",
        f"X-Amz-Signature={SECRET}",
        f"x-amz-security-token: {SECRET}",
        f"AWS_SECRET_ACCESS_KEY={SECRET}",
        f"https://user:{SECRET}@host/v1",
        f"password='{SECRET}'",
        f"HF_TOKEN={SECRET}",
        f"Incorrect API key provided: sk-{SECRET}",
    ],
)
def test_a_secret_is_hidden(text: str) -> None:
    assert SECRET not in redacted(text)
    assert HIDDEN in redacted(text)


@pytest.mark.parametrize(
    "key", ["AKIAIOSFODNN7EXAMPLE", "hf_abcdefghijkl", "ghp_0123456789abcdefXYZ", "eyJhbGciOiJI.eyJzdWIiOiIx.c"]
)
def test_keys_are_known_by_their_form(key: str) -> None:
    assert redacted(f"got {key} there") == f"got {HIDDEN} there"


@pytest.mark.parametrize(
    "text",
    [
        "Chat(output_tokens=24)",
        "max_tokens: 2000000",
        "test_chat[m+llamacpp+local-closed:4]",
        "http://127.0.0.1:8000/v1",
        "tokens/s 123",
        "the stream ended without a finish reason after 3 chunks",
        "task-0123456789",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert redacted(text) == text
