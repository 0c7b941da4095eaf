"""Foreign servers of RDAP: files that nginx or the standard library's server gives, as RFC 7480 lets anybody do."""

from __future__ import annotations

import contextlib
import http.server
import json
import os
import threading
from typing import TYPE_CHECKING

from netloom.contents.registrations.example import EXAMPLE
from tests.interop.peers import free_port, need, running, wait_for_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_NGINX = """
daemon off; {user}
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 64; }}
http {{
  access_log off;
  client_body_temp_path {folder}/t; proxy_temp_path {folder}/t; fastcgi_temp_path {folder}/t;
  uwsgi_temp_path {folder}/t; scgi_temp_path {folder}/t;
  server {{
    listen 127.0.0.1:{port};
    root {folder}/files;
    default_type application/rdap+json;
    location = /moved/domain/example.test {{ return 302 http://127.0.0.1:{port}/rdap/domain/example.test; }}
    location = /round/domain/example.test {{ return 302 /round/domain/example.test; }}
  }}
}}
"""


def files(folder: Path, port: int) -> None:
    """The example's objects and a bootstrap file, each where it is asked for."""
    domain, network = EXAMPLE[0], EXAMPLE[3]
    for path, value in (
        ("rdap/domain/example.test", domain),
        ("rdap/ip/192.0.2.1", network),
        ("rdap/help", {"rdapConformance": ["rdap_level_0"], "notices": [{"title": "Files", "description": ["…"]}]}),
        ("dns.json", {"version": "1.0", "services": [[["test"], [f"http://127.0.0.1:{port}/rdap/"]]]}),
    ):
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(json.dumps(value), encoding="utf-8")


@contextlib.contextmanager
def nginx(folder: Path) -> Iterator[int]:
    """Gives its port."""
    port = free_port()
    files(folder / "files", port)
    (folder / "nginx.conf").write_text(
        _NGINX.format(folder=folder, port=port, user="user root;" if os.geteuid() == 0 else "")
    )
    with running([need("nginx", "nginx-light"), "-c", folder / "nginx.conf"], folder / "log") as process:
        wait_for_port(process, folder / "log", port)
        yield port


@contextlib.contextmanager
def http_server(folder: Path) -> Iterator[int]:
    """The standard library's; gives its port."""

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args: object, **fields: object) -> None:
            super().__init__(*args, **fields, directory=str(folder))  # type: ignore[arg-type]

        def log_message(self, *_: object) -> None:
            """Quiet."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        files(folder, server.server_port)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()
