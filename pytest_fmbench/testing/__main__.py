"""``python -m pytest_fmbench.testing``: a mock server until Ctrl-C, then how well it kept its schedule."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from typing import NoReturn

from pytest_fmbench.errors import FmbenchError, UsageError
from pytest_fmbench.model.draws import KNOWN, read
from pytest_fmbench.testing.healthy import Healthy, healthy
from pytest_fmbench.testing.server import Server
from pytest_fmbench.testing.settle import settle
from pytest_fmbench.testing.shapes import SHAPES
from pytest_fmbench.testing.truth import bottleneck


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until interrupted; the exit code is 2 when the arguments make no sense.

    :param argv: the arguments; the process's own where it is not given.
    """
    try:
        arguments = _parser().parse_args(argv)
        server = Server(_script(arguments), arguments.port, keep_asked=False)
    except (FmbenchError, OSError) as error:
        print(f"pytest_fmbench.testing: {error}", file=sys.stderr)
        return 2
    _serve(server)
    return 0


def _serve(server: Server) -> None:
    print(f"http://127.0.0.1:{server.port}", flush=True)
    settle()
    try:
        server.loop.run()
    except KeyboardInterrupt:
        print(bottleneck(server.truths()))
    finally:
        server.close()


def _script(arguments: Namespace) -> Healthy:
    tokens = None if arguments.tokens is None else read(arguments.tokens)
    ttft, itl = read(arguments.ttft), read(arguments.itl)
    return healthy(arguments.shape, ttft=ttft, itl=itl, output_tokens=tokens, seed=arguments.seed)


class _Parser(ArgumentParser):
    """Raises what it has to complain about, so that it ends as every other mistake does."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}\n{self.format_usage().rstrip()}")


def _parser() -> ArgumentParser:
    told = f"A distribution is a number, or one of {', '.join(KNOWN)} with its numbers, such as normal:0.1,0.01."
    parser = _Parser("python -m pytest_fmbench.testing", description=f"A mock server of language models. {told}")
    option = parser.add_argument
    option("--shape", default="openai-chat", help=f"wire form: {', '.join(SHAPES)} (openai-chat)")
    option("--ttft", default="0", metavar="SECONDS", help="from a request to its first token, a distribution (0)")
    option("--itl", default="0", metavar="SECONDS", help="between tokens, a distribution (0)")
    option("--tokens", metavar="N", help="of each reply, a distribution (as many as a request asks for)")
    option("--seed", type=int, default=0, help="other draws for another (0)")
    option("--port", type=int, default=0, help="where to listen on 127.0.0.1 (any that is free)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
