"""llama.cpp's own completions."""

from __future__ import annotations

from tests.support.dialects.base import CONTENT, TEXT, Piece, Said, Spoken, sse

_TIMINGS = {"cache_n": 4, "prompt_n": 5, "prompt_ms": 30.5, "predicted_n": 5, "predicted_ms": 61.1}


def _said(text: str, predicted: int, tokens: int = 1) -> Piece:
    said = {"index": 0, "content": text, "tokens": [], "stop": False, "id_slot": -1, "tokens_predicted": predicted}
    return sse({**said, "tokens_evaluated": 9}, CONTENT if text else "", tokens=tokens)


def _end(stop_type: str, predicted: int) -> Piece:
    counts = {"tokens_predicted": predicted, "tokens_evaluated": 9, "tokens_cached": 13}
    ended = {"stop": True, "stop_type": stop_type, "stopping_word": "", "truncated": False}
    return sse({"index": 0, "content": "", "tokens": [], **ended, **counts, "timings": _TIMINGS})


SPOKEN = {
    "llamacpp-completion": Spoken(
        "https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md",
        "/completion",
        {"model": "m", "prompt": TEXT, "n_predict": 7, "stream": True},
        {
            "content": Said(
                [_said("Hel", 1), _said("lo", 2), _said("🙂", 4, tokens=2), _end("eos", 5)],
                5,
                "eos",
                output_tokens=5,
                input_tokens=9,
                cached_tokens=4,
                timings=_TIMINGS,
            ),
            "limited": Said(
                [_said("Hel", 1), _end("limit", 1)],
                1,
                "limit",
                output_tokens=1,
                input_tokens=9,
                cached_tokens=4,
                timings=_TIMINGS,
            ),
        },
        (
            [_said("Hel", 1), sse({"error": {"code": 500, "message": "context shift", "type": "server_error"}})],
            "context shift",
        ),
    )
}
