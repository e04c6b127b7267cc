"""The mock server on all addresses of an instance: ``python -m tests.support.aws.guest_mock PORT MODEL``."""

from __future__ import annotations

import sys

from pytest_fmbench.testing import healthy
from pytest_fmbench.testing.server import Server
from tests.support.aws.named import Named


def main() -> None:
    """Serve until killed."""
    port, model = sys.argv[1:]
    server = Server(Named(healthy(), (model,)), int(port), host="0.0.0.0", keep_asked=False)
    print(f"listening at port {server.port}", flush=True)
    server.loop.run()


if __name__ == "__main__":
    main()
