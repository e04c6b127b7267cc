"""What shares requests out among replicas: nginx or HAProxy, with a configuration that adds as little as it can.

Both give a request to the replica with the fewest open connections, keep connections to replicas, hand each piece of a
stream on at once, and try nothing twice: what a replica fails is a failed request. Only where a replica closed a kept
connection just when a request was sent on it, which is nobody's failure, nginx sends it anew, and HAProxy closes our
connection in turn, as the replica itself would have, so that our client does.

Source: https://nginx.org/en/docs/http/ngx_http_proxy_module.html and ``ngx_http_upstream_module.html`` beside it;
https://docs.haproxy.org/2.8/configuration.html.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pytest_fmbench.errors import NotAllowed
from pytest_fmbench.model.conditions import UNKNOWN
from pytest_fmbench.platforms.inventory import program

_MOST_FILES = 65_536
_NGINX = """\
daemon off;
worker_processes 1;  # so that it knows of all connections
worker_rlimit_nofile {files};
pid "{folder}/nginx.pid";
error_log stderr warn;
events {{ worker_connections {files}; }}
http {{
    access_log off;
    client_body_temp_path "{folder}/body";
    proxy_temp_path "{folder}/proxy";
    fastcgi_temp_path "{folder}/fastcgi";
    uwsgi_temp_path "{folder}/uwsgi";
    scgi_temp_path "{folder}/scgi";
    keepalive_timeout 1h;
    keepalive_requests 1000000;
    upstream replicas {{
        least_conn;
{servers}
        keepalive 1024;
        keepalive_timeout 1s;  # before servers close it, mostly after 5 s: a request could be on its way
    }}
    server {{
        listen {address}:{port} backlog=4096;
        client_max_body_size 0;
        location / {{
            proxy_pass http://replicas;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Host $http_host;
            proxy_buffering off;
            # one try, beside those on a kept connection that turns out to be closed
            proxy_next_upstream error non_idempotent;
            proxy_next_upstream_tries 1;
            client_body_buffer_size 256m;  # only as much as is needed, and never on disk
            proxy_read_timeout 1h;
            proxy_send_timeout 1h;
        }}
    }}
}}
"""
_HAPROXY = """\
global
    maxconn {connections}
    nbthread 1
defaults
    mode http
    timeout connect 5s
    timeout client 1h
    timeout server 1h
    timeout http-keep-alive 1h
    retries 0
    option http-no-delay
    http-reuse safe
listen replicas
    bind 127.0.0.1:{port} backlog 4096
    balance leastconn
    default-server pool-purge-delay 1s
{servers}
"""


@dataclass(frozen=True)
class Balancer:
    """A load balancer that is here.

    :param name: with its version, such as ``nginx 1.22.1``.
    :param written: its configuration, from its port, those of the replicas, and a folder of its own.
    :param line: its command line, from its configuration's file.
    """

    name: str
    written: Callable[[int, Sequence[int], Path], str]
    line: Callable[[Path], Sequence[str]]


def balancer() -> Balancer:
    """The one that is here; nginx before HAProxy.

    :raises NotAllowed: where there is neither.
    """
    if nginx := program("nginx"):
        return Balancer(
            f"nginx {_version(nginx)}",
            nginx_configuration,
            lambda path: (nginx, "-e", "stderr", "-p", str(path.parent), "-c", str(path)),
        )
    if haproxy := program("haproxy"):
        return Balancer(
            f"HAProxy {_version(haproxy)}", haproxy_configuration, lambda path: (haproxy, "-db", "-f", str(path))
        )
    raise NotAllowed("several replicas need a load balancer: install nginx or haproxy, or ask for one replica")


def nginx_configuration(
    port: int,
    replicas: Sequence[int],
    folder: Path,
    *,
    beside: Sequence[str] = (),
    address: str = "127.0.0.1",
    files: int = 0,
) -> str:
    """For nginx 1.19.5 and later.

    :param port: of its own.
    :param replicas: ports of the replicas.
    :param folder: for its files, absolute.
    :param beside: host and port of replicas on other machines.
    :param address: that it listens on.
    :param files: how many it may have open; 0 is what this machine allows.
    """
    everyone = [*(f"127.0.0.1:{one}" for one in replicas), *beside]
    servers = "\n".join(f"        server {one} max_fails=0;" for one in everyone)
    return _NGINX.format(port=port, servers=servers, folder=folder, address=address, files=files or _open_files())


def haproxy_configuration(port: int, replicas: Sequence[int], folder: Path) -> str:  # noqa: ARG001  # as nginx's; it has no files
    """For HAProxy 2.0 and later; the same arguments."""
    servers = "\n".join(f"    server replica{nth} 127.0.0.1:{one}" for nth, one in enumerate(replicas, 1))
    return _HAPROXY.format(port=port, servers=servers, connections=_open_files() // 2 - 64)


def _open_files() -> int:
    """How many it may have open; each request takes two."""
    import resource  # which Windows has not

    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    return _MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, _MOST_FILES)


def _version(path: str) -> str:
    done = subprocess.run((path, "-v"), capture_output=True, text=True, check=False)
    found = re.search(r"\d+\.\d+[\w.]*", done.stdout + done.stderr)
    return found[0] if found else UNKNOWN
