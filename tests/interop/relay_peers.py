"""Foreign relays, each on a port of 127.0.0.1: HAProxy, nginx and socat; and what tells whom it hears."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from tests.interop.peers import _wait, free_port, need, proc_net, running

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator

_HAPROXY = """
global
  nbthread 1
defaults
  mode tcp
  timeout connect 5s
  timeout client 60s
  timeout server 60s
listen relay
  bind 127.0.0.1:{port} {bind}
  server target 127.0.0.1:{target} {server}
"""
_NGINX = """
{module}
daemon off; pid {root}/nginx.pid; worker_processes 1; error_log stderr; {user}
events {{ worker_connections 64; }}
stream {{
  log_format heard '$proxy_protocol_addr';
  access_log {root}/heard heard;
  server {{ listen 127.0.0.1:{port} {listen}; proxy_pass 127.0.0.1:{target}; {send} }}
}}
"""
_MODULE = Path("/usr/lib/nginx/modules/ngx_stream_module.so")


@contextlib.contextmanager
def haproxy(folder: Path, target: int, *, bind: str = "", server: str = "") -> Iterator[int]:
    """HAProxy in front of a port of ours, with what stands after `bind` and `server`; its port."""
    port, log, config = free_port(), folder / "haproxy.log", folder / "haproxy.cfg"
    config.write_text(_HAPROXY.format(port=port, target=target, bind=bind, server=server))
    with running([need("haproxy", "haproxy"), "-f", config, "-db"], log) as process:
        # Connecting would say nothing where a header is due, and take a turn at the target.
        _wait_listening(process, log, port)
        yield port


@contextlib.contextmanager
def nginx(folder: Path, target: int, *, listen: str = "", send: bool = False) -> Iterator[int]:
    """nginx in front of a port of ours; its port. Whom it heard of stands in `heard`."""
    program = need("nginx", "nginx")
    port, log, config = free_port(), folder / "nginx.log", folder / "nginx.conf"
    config.write_text(
        _NGINX.format(
            root=folder,
            port=port,
            target=target,
            listen=listen,
            user="user root;" if os.geteuid() == 0 else "",
            module=f"load_module {_MODULE};" if _MODULE.exists() else "",
            send="proxy_protocol on;" if send else "",
        )
    )
    with running([program, "-p", folder, "-e", "stderr", "-c", config], log) as process:
        _wait_listening(process, log, port)
        yield port


@contextlib.contextmanager
def socat(folder: Path, *addresses: str) -> Iterator[int]:
    """socat between two addresses of its own kind; `{port}` is a free one."""
    port, log = free_port(), folder / "socat.log"
    with running([need("socat", "socat"), *(each.format(port=port) for each in addresses)], log) as process:
        _wait_listening(process, log, port)
        yield port


def _wait_listening(process: subprocess.Popen[bytes], log: Path, port: int) -> None:
    """Without connecting."""
    _wait(process, log, lambda: f":{port:04X} 00000000:0000 0A" in proc_net("tcp"))
