"""What peers say reaches people's terminals as text, whatever it would have a terminal do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import netloom
from netloom.contents.handler import Handler
from netloom.links.virtual import run as virtual
from tests.cli.command import on_a_terminal
from tests.security.house import House, everything

if TYPE_CHECKING:
    from netloom.links.stream import Stream

EVIL = "\x1b]0;owned\x07\x1b[2J\x1b[31mred\x9b5n\x08\x08\r\x85\u202eevil\u2066\x7f"
FORBIDDEN = ("\x1b]", "\x1b[2J", "\x9b", "\x07", "\x08", "\u202e", "\u2066", "\x7f", "\x85")


async def _smtp(link: Stream) -> None:
    await link.write(f"220 {EVIL}\r\n".replace("\r\x85", "\x85").encode())
    while await link.read_line():
        await link.write(f"550-{EVIL}\r\n550 {EVIL}\r\n".replace("\r\x85", "\x85").encode())


async def _ssh(link: Stream) -> None:
    await link.write(f"SSH-2.0-{EVIL}\r\n".replace("\r\x85", "\x85").encode())
    await everything(link)


async def _http(link: Stream) -> None:
    await link.read_until(b"\r\n\r\n")
    body = EVIL.encode()
    head = (
        "HTTP/1.1 404 \x9b5n\x85evil\r\nServer: \x9b5n\x85evil\r\nContent-Type: text/plain\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    await link.write(head.encode("latin-1") + body)
    await everything(link)


async def _tcp(link: Stream) -> None:
    await link.write(EVIL.encode())
    await everything(link)


@pytest.mark.parametrize(
    ("scheme", "handle", "words"),
    [
        ("smtp", _smtp, ["probe", "smtp://127.0.0.1:PORT"]),
        ("smtp", _smtp, ["send", "smtp://127.0.0.1:PORT/a@b.org", "x"]),
        ("ssh", _ssh, ["probe", "ssh://127.0.0.1:PORT#hostkey=no,config=none,agent=none"]),
        ("http", _http, ["probe", "http://127.0.0.1:PORT/"]),
        ("http", _http, ["get", "http://127.0.0.1:PORT/"]),
        ("tcp", _tcp, ["probe", "tcp://127.0.0.1:PORT#banner"]),
    ],
    ids=["smtp-probe", "smtp-send", "ssh-probe", "http-probe", "http-get", "tcp-probe"],
)
def test_a_terminal_is_told_nothing_by_a_peer(scheme: str, handle: object, words: list[str]) -> None:
    async def attend(link: Stream) -> None:
        await handle(link)  # type: ignore[operator]  # a function of a link

    with netloom.serve("tcp://127.0.0.1:0", Handler(attend)) as server:
        arguments = [word.replace("PORT", str(server.endpoint.port)) for word in words]
        said, _ = on_a_terminal(*arguments, "-vv", "--deadline", "10")
    assert "evil" in said or "red" in said or "owned" in said, "it isn't shown at all"
    for sequence in FORBIDDEN:
        assert sequence not in said, repr(said)


def test_a_page_of_ours_runs_nothing() -> None:
    """Names in an index are text: no element, no link elsewhere (RFC 9110 §17.16)."""
    from netloom.contents.files import Files

    async def main() -> None:
        names = [
            "<script>alert(1)</script>",
            '"><img src=x onerror=alert(1)>',
            "javascript:alert(1)",
            "'onclick='x",
            "&lt;b&gt;",
        ]
        files = Files(files={name.replace("/", "\N{DIVISION SLASH}"): b"x" for name in names})
        async with House("http://127.0.0.1:0", files) as house:
            stream = await house.raw()
            await stream.write(b"GET / HTTP/1.1\r\nHost: x\r\nAccept: text/html\r\nConnection: close\r\n\r\n")
            head, _, page = (await everything(stream)).partition(b"\r\n\r\n")
            assert b"default-src 'none'" in head
            assert b"nosniff" in head
            assert b"<script>" not in page
            assert b"<img" not in page
            assert b'href="javascript:' not in page
            assert b"onclick='" not in page.replace(b"&#x27;onclick=&#x27;", b"")

    virtual(main())


@pytest.mark.parametrize(
    "path",
    ["/<script>alert(1)</script>", "/%3Cscript%3Ealert(1)%3C%2Fscript%3E", "/?<script>", "/<svg/onload=alert(1)>"],
)
def test_an_answer_that_is_no_repeats_nothing_as_a_page(path: str) -> None:
    async def main() -> None:
        async with House("http://127.0.0.1:0") as house:
            stream = await house.raw()
            await stream.write(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
            head, _, body = (await everything(stream)).partition(b"\r\n\r\n")
            assert b"text/html" not in head.lower() or b"<script>" not in body
            assert b"<svg" not in body or b"text/plain" in head

    virtual(main())
