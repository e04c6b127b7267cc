"""The llama.cpp server process: ``python -m pytest_fmbench.stacks.llamacpp_server --model FILE.gguf --port N``."""

from __future__ import annotations

import argparse
import threading
from typing import Any

VERSION_MARK = "fmbench: served by "

_MEAN, _RANK = 1, 4
"""llama.cpp's ``LLAMA_POOLING_TYPE_MEAN``: models of text have no way of their own to make many vectors one; and
``LLAMA_POOLING_TYPE_RANK``: the score by which a model of rankings puts documents into an order."""


def main() -> None:
    """Serve until killed. Logs go to standard error, as llama.cpp writes them."""
    import xllamacpp

    arguments = _arguments()
    # llama.cpp's own build number is 0 in every wheel
    print(f"{VERSION_MARK}xllamacpp {getattr(xllamacpp, '__version__', 'of unknown version')}", flush=True)
    server = xllamacpp.Server(_parameters(xllamacpp.CommonParams(), arguments))
    print(f"listening on {server.listening_address}", flush=True)
    threading.Event().wait()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="llama.cpp's HTTP server, in this process")
    parser.add_argument("--model", required=True, help="GGUF file")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--alias", required=True, help="model name to answer to")
    for name in ("port", "threads", "slots", "context"):
        parser.add_argument(f"--{name}", type=int, required=True)
    parser.add_argument("--embeddings", action="store_true", help="serve these too, the mean over a text's tokens")
    parser.add_argument("--reranking", action="store_true", help="serve rankings instead, of a model made for it")
    return parser.parse_args()


def _parameters(parameters: Any, arguments: argparse.Namespace) -> Any:  # noqa: ANN401  # xllamacpp has no types
    parameters.model.path = arguments.model
    parameters.model_alias = {arguments.alias}
    parameters.hostnames = [arguments.host]
    parameters.port = arguments.port
    parameters.n_parallel = arguments.slots
    parameters.n_ctx = arguments.slots * arguments.context
    parameters.cpuparams.n_threads = arguments.threads
    parameters.cpuparams_batch.n_threads = arguments.threads
    parameters.endpoint_metrics = True
    parameters.endpoint_slots = True
    if arguments.embeddings:
        parameters.embedding = True
        parameters.pooling_type = _MEAN
    if arguments.reranking:
        parameters.embedding = True
        parameters.pooling_type = _RANK
    return parameters


if __name__ == "__main__":
    main()
