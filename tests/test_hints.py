"""Hints: what is said of servers that speak something else, of silence, and of proxies."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from netloom.contents.handler import Handler
from netloom.endpoint import Endpoint
from netloom.errors import ConnectError, Phase, Status, TLSError
from netloom.hints import recognised
from netloom.links.memory import MemoryNetwork
from netloom.links.virtual import run
from netloom.registry import protocol
from netloom.serving import Serving
from netloom.toolbox import Toolbox
from tests.worlds import record

if TYPE_CHECKING:
    from netloom.links.stream import Stream

WHERE = "tcp://127.0.0.1:4242"


def tools(network: MemoryNetwork) -> Toolbox:
    return Toolbox(_nobody, network=network, now=lambda: 1000.0)


async def _nobody(record: object) -> None:
    """Nobody reads."""


class TestHints:
    @pytest.mark.parametrize(
        ("said", "hint"),
        [
            (b"SSH-2.0-OpenSSH_9\r\n", "that is ssh: try ssh://127.0.0.1:4242"),
            (b"HTTP/1.1 400 Bad Request\r\n", "that is http: try http://127.0.0.1:4242"),
            (b"\x15\x03\x01\x00\x02\x02\x46", "that is tls: try tls://127.0.0.1:4242"),
            (
                b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n",
                "that is http: try http://127.0.0.1:4242",
            ),
            (b"GET / HTTP/1.1\r\n", ""),  # that is what clients say
            (b"junk", ""),
            (b"", ""),
        ],
    )
    def test_what_a_server_says_tells_what_it_is(self, said: bytes, hint: str) -> None:
        assert recognised(said, protocol("tcp"), Endpoint.parse(WHERE)) == hint

    def test_ones_own_protocol_is_no_news(self) -> None:
        assert recognised(b"SSH-2.0-x\r\n", protocol("ssh"), Endpoint.parse("ssh://h:22")) == ""

    def test_in_an_outcome(self) -> None:
        async def ssh(link: Stream) -> None:
            await link.write(b"SSH-2.0-x")
            await link.read()

        async def main() -> None:
            network = MemoryNetwork()
            async with Serving([Endpoint.parse(WHERE)], [Handler(ssh)], network=network):
                found = await record(network, "send", f"{WHERE}#reply=line", "x", deadline=3)
                assert found.status is Status.CLOSED
                assert found.hint == "that is ssh: try ssh://127.0.0.1:4242"

        run(main())


class TestInAnOutcome:
    @pytest.mark.parametrize(
        ("scheme", "seen", "hint"),
        [
            ("https", b"HTTP/1.1 400 Bad Request\r\n", "that is http: try http://127.0.0.1:4242"),
            ("smtps", b"220 mx ESMTP ready\r\n", "that is smtp: try smtp://127.0.0.1:4242 (#tls=starttls)"),
            ("https", b"SSH-2.0-x\r\n", "that is ssh: try ssh://127.0.0.1:4242"),
            ("wss", b"gibberish", "try it without TLS: ws://127.0.0.1:4242"),
            ("tls", b"gibberish", "is that the right protocol for this port?"),
        ],
    )
    def test_tls_to_a_server_that_has_none(self, scheme: str, seen: bytes, hint: str) -> None:
        async def main() -> Any:
            attempt = tools(MemoryNetwork()).attempt(Endpoint.parse(f"{scheme}://127.0.0.1:4242"), 5.0)
            async with attempt:
                error = TLSError("it speaks something else")
                error.seen = seen
                raise error
            return attempt.outcome()["hint"]

        assert run(main()) == hint

    def test_a_datagram_that_nobody_answers(self) -> None:
        async def main() -> Any:
            attempt = tools(MemoryNetwork()).attempt(Endpoint.parse("ntp://127.0.0.1"), 5.0)
            async with attempt:
                attempt.trace.enter(Phase.FIRST_BYTE)
                await asyncio.sleep(60)
            return attempt.outcome()["hint"]

        assert run(main()).startswith("no datagram came back: does ntp run there")

    def test_a_proxy_that_isnt_there(self) -> None:
        async def main() -> Any:
            target = Endpoint.parse(f"{WHERE}#proxy=socks5://gate:9")
            attempt = tools(MemoryNetwork()).attempt(target, 5.0)
            async with attempt:
                raise ConnectError("refused", phase=Phase.CONNECT, status=Status.REFUSED)
            return attempt.outcome()["hint"]

        assert run(main()).startswith("that is the way to the proxy socks5://gate:9: does it run?")
