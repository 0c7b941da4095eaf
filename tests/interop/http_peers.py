"""Foreign web servers, each on ports of 127.0.0.1: nginx, Python's http.server, aiohttp, Tornado and Twisted."""

from __future__ import annotations

import contextlib
import gzip
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from aiohttp import web
from tornado.web import Application, RequestHandler, StaticFileHandler

from netloom.links.authority import Authority
from tests.interop.peers import free_port, need, running, wait_for_port

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from tornado.httpserver import HTTPServer

USER, PASSWORD = "ann", "can4ry-pa55"
AUTHORITY = Authority.create()
CERTIFICATE = AUTHORITY.issue(["localhost", "127.0.0.1"])
TEXT = b"".join(b"%d bottles of beer\n" % number for number in range(2000))
BINARY = bytes(range(256)) * 3000

_NGINX = """
daemon off; pid {root}/nginx.pid; worker_processes 1; error_log stderr; {user}
events {{ worker_connections 64; }}
http {{
  access_log off; client_body_temp_path {root}/t1; proxy_temp_path {root}/t2; fastcgi_temp_path {root}/t3;
  uwsgi_temp_path {root}/t4; scgi_temp_path {root}/t5; default_type application/octet-stream;
  types {{ text/plain txt; text/html html; application/json json; }}
  gzip on; gzip_types text/plain; gzip_min_length 1; client_max_body_size 0;
  server {{
    listen 127.0.0.1:{port}; listen 127.0.0.1:{tls_port} ssl http2;
    ssl_certificate {root}/cert.pem; ssl_certificate_key {root}/key.pem;
    location / {{ root {root}/www; autoindex on; }}
    location /json/ {{ alias {root}/www/; autoindex on; autoindex_format json; }}
    location /dav/ {{ root {root}; dav_methods PUT DELETE; create_full_put_path on; }}
    location /private/ {{ alias {root}/www/; auth_basic "here"; auth_basic_user_file {root}/users; }}
    location = /found {{ return 302 /a.txt; }}
    location = /loop {{ return 302 /loop; }}
    location = /elsewhere {{ return 302 http://localhost:{port}/said; }}
    location = /said {{ default_type text/plain; return 200 "$request_method|$http_authorization|$http_cookie"; }}
    location = /cookie {{ add_header Set-Cookie "sid=1; Path=/; HttpOnly"; return 302 /said; }}
    location = /teapot {{ return 418 "short and stout"; }}
  }}
}}
"""


class Nginx(msgspec.Struct, frozen=True):
    """An nginx that is ready: its ports, and the directory below which it serves."""

    port: int
    tls_port: int
    root: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def tls_url(self) -> str:
        return f"https://127.0.0.1:{self.tls_port}"


@contextlib.contextmanager
def nginx(root: Path) -> Iterator[Nginx]:
    """nginx with files, indexes, uploads, Basic, redirects, gzip, TLS and HTTP/2."""
    program = need("nginx", "nginx")
    place = Nginx(free_port(), free_port(), root)
    tree(root / "www")
    (root / "dav").mkdir()
    (root / "cert.pem").write_bytes(CERTIFICATE.cert_pem)
    (root / "key.pem").write_bytes(CERTIFICATE.key_pem)
    (root / "users").write_text(f"{USER}:{{PLAIN}}{PASSWORD}\n")
    user = "user root;" if os.geteuid() == 0 else ""
    conf = root / "nginx.conf"
    conf.write_text(_NGINX.format(root=root, user=user, port=place.port, tls_port=place.tls_port))
    with running([program, "-p", root, "-e", "stderr", "-c", conf], root / "log") as process:
        wait_for_port(process, root / "log", place.tls_port)
        yield place


@contextlib.contextmanager
def http_server(root: Path) -> Iterator[str]:
    """Python's own http.server, and its URL."""
    tree(root / "www")
    port = free_port()
    command: list[str | Path] = [
        sys.executable,
        "-m",
        "http.server",
        "--bind",
        "127.0.0.1",
        "--directory",
        root / "www",
        str(port),
    ]
    with running(command, root / "log") as process:
        wait_for_port(process, root / "log", port)
        yield f"http://127.0.0.1:{port}"


@contextlib.contextmanager
def twisted_server(root: Path) -> Iterator[str]:
    """Twisted's web server, and its URL."""
    tree(root / "www")
    port = free_port()
    listen = f"tcp:{port}:interface=127.0.0.1"
    command: list[str | Path] = [sys.executable, "-m", "twisted", "web", "--path", root / "www", "--listen", listen]
    with running(command, root / "log", cwd=root) as process:
        wait_for_port(process, root / "log", port)
        yield f"http://127.0.0.1:{port}"


@contextlib.asynccontextmanager
async def aiohttp_server() -> AsyncIterator[str]:
    """aiohttp: what was sent comes back in JSON; `/session` sets a cookie; `/gzip` is compressed."""

    async def echo(request: web.Request) -> web.Response:
        post = request.content_type.startswith(("multipart/", "application/x-www-form"))
        fields: dict[str, Any] = {}
        for name, value in (await request.post()).items() if post else ():
            if isinstance(value, web.FileField):
                fields[name] = [value.filename, value.content_type, value.file.read().decode()]
            else:
                fields[name] = value
        body = "" if post else (await request.read()).decode("latin-1")
        headers = {name.lower(): value for name, value in request.headers.items()}
        return web.json_response({"method": request.method, "headers": headers, "body": body, "fields": fields})

    async def session(request: web.Request) -> web.Response:
        answer = web.Response(text=request.cookies.get("sid", "none"))
        answer.set_cookie("sid", "abc", max_age=1000)
        return answer

    async def compressed(_: web.Request) -> web.Response:
        return web.Response(
            body=gzip.compress(TEXT), headers={"Content-Encoding": "gzip", "Content-Type": "text/plain"}
        )

    application = web.Application(client_max_size=1 << 30)
    application.router.add_route("*", "/echo", echo)
    application.router.add_get("/session", session)
    application.router.add_get("/gzip", compressed)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@contextlib.asynccontextmanager
async def tornado_server(root: Path) -> AsyncIterator[str]:
    """Tornado: `/echo` gives a body back, `/files/` serves files with ranges."""
    tree(root / "www")

    class Echo(RequestHandler):
        def post(self) -> None:
            self.set_header("X-Type", self.request.headers.get("Content-Type", ""))
            self.write(self.request.body)

        put = post

    handlers: list[Any] = [("/echo", Echo), ("/files/(.*)", StaticFileHandler, {"path": str(root / "www")})]
    server: HTTPServer = Application(handlers).listen(0, "127.0.0.1")
    try:
        (sock,) = server._sockets.values()
        yield f"http://127.0.0.1:{sock.getsockname()[1]}"
    finally:
        server.stop()
        await server.close_all_connections()


def tree(place: Path) -> None:
    """The files that every server here serves."""
    (place / "sub dir").mkdir(parents=True)
    (place / "a.txt").write_bytes(TEXT)
    (place / "b.bin").write_bytes(BINARY)
    (place / "sub dir" / "ä&b.txt").write_bytes(b"deep")
