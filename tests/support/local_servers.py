"""Servers for the local platform to start, and itself as its own process."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.launch import Container, LaunchPlan
from pytest_fmbench.platforms.base import Progress, Surroundings
from pytest_fmbench.platforms.local import Local

SERVER = """
import http.server, json, os, sys
print("told", *sys.argv[2:], flush=True)
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/die":
            print("dying", flush=True)
            os._exit(9)
        self.send_response(200); self.end_headers()
        said = {"version": "1.2", "pid": os.getpid(), "devices": os.environ.get("CUDA_VISIBLE_DEVICES")}
        self.wfile.write(json.dumps({**said, "secret": os.environ.get("HF_TOKEN")}).encode())
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""
"""Answers every GET with what it is."""

PAGED = """
import http.server, sys, threading
class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(b"x 1\\n" if self.path == "/m" else b"")
serving, page = (http.server.HTTPServer(("127.0.0.1", int(port)), Page) for port in sys.argv[1:3])
threading.Thread(target=page.serve_forever, daemon=True).start()
serving.serve_forever()
"""
"""Has a page of metrics at a port of its own."""

IMAGE = "org/image:1"
FACTS = {"version": ("/", "version"), "devices": ("/", "devices"), "more": ("/", "nothing")}


def process_plan(code: str = SERVER, **changed: Any) -> LaunchPlan:
    return LaunchPlan((sys.executable, "-c", code, "{port}"), "m", None, "served", "openai-chat", **changed)


def container_plan(*words: str, code: str = SERVER, **changed: Any) -> LaunchPlan:
    container = Container(IMAGE, ("-c", code, "{port}", *words), entrypoint=(sys.executable,), cache="/root/.cache/hf")
    return LaunchPlan((), "m", None, "served", "openai-chat", container=container, **changed)


def local(cache: Path | None = None) -> Local:
    def found(model: str, quantization: str | None, progress: Progress) -> Path:
        progress(f"found {model} {quantization}")
        return Path("/weights/m.gguf")

    return Local(Surroundings(found, cache=cache))


def hold(log: str) -> None:
    """Start a container, say that it is ready, and live on."""
    local().start(Deployment("m", "toy"), container_plan(), Path(log), lambda _: None)
    print("ready", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    hold(sys.argv[1])
