"""Dialling QUIC: which address, which phases, whom to trust."""

from __future__ import annotations

import asyncio

import pytest

from netloom.errors import ConnectError, Phase, ResolveError, TLSError, UsageError
from netloom.links.quic.client import dial_quic
from netloom.links.virtual import run
from tests.links.http.lab import hello
from tests.links.http.lab_h3 import WINDOWS, ca, head, hostile, serving_h3


def test_the_first_address_that_answers_is_taken() -> None:
    async def main() -> None:
        async with serving_h3(hello) as place:
            place.network.names["two.example"] = ["127.0.0.9", "127.0.0.1"]  # type: ignore[attr-defined]  # in memory
            place.network.silent.add(("127.0.0.9", place.endpoint.port))  # type: ignore[attr-defined]  # in memory
            place.endpoint = place.endpoint.replace(host="two.example")
            dial = place.dialler(ca=ca(), sni="localhost")
            link, _ = await dial_quic(dial, None, ("h3",), WINDOWS)
            assert asyncio.get_running_loop().time() < 1.0
            assert dial.trace.peer == f"127.0.0.1:{place.endpoint.port}"
            assert {address.address for address in dial.trace.addresses} == {"127.0.0.9", "127.0.0.1"}
            link.drop()
            await dial.close()

    run(main())


def test_no_address_answers() -> None:
    async def main() -> None:
        async with serving_h3(hello) as place:
            place.endpoint = place.endpoint.replace(port=1)
            dial = place.dialler(ca=ca())
            with pytest.raises(ConnectError):
                await dial_quic(dial, None, ("h3",), WINDOWS)
            assert dial.trace.phase is Phase.CONNECT
            place.endpoint = place.endpoint.replace(host="nowhere.example")
            with pytest.raises(ResolveError):
                await dial_quic(place.dialler(), None, ("h3",), WINDOWS)

    run(main())


def test_another_protocol_is_not_ours() -> None:
    async def main() -> None:
        async with hostile() as (place, _):
            dial = place.dialler(ca=ca())
            with pytest.raises(TLSError, match="ALPN"):
                await dial_quic(dial, None, ("doq",), WINDOWS)
            assert dial.trace.phase is Phase.TLS

    run(main())


def test_who_is_cancelled_leaves_no_socket() -> None:
    async def main() -> None:
        async with serving_h3(hello, fault=("latency:5:to=server",)) as place:
            before = dict(place.network.sockets)  # type: ignore[attr-defined]  # in memory
            task = asyncio.create_task(place.raw())
            await asyncio.sleep(1.0)
            task.cancel()
            await asyncio.wait({task})
            await asyncio.sleep(0)
            assert place.network.sockets == before  # type: ignore[attr-defined]  # in memory

    run(main())


def test_a_unix_socket_is_no_place_for_it() -> None:
    async def main() -> None:
        async with serving_h3(hello) as place:
            place.endpoint = place.endpoint.replace(socket="/run/x", host="", port=None)
            with pytest.raises(UsageError):
                await dial_quic(place.dialler(), None, ("h3",), WINDOWS)

    run(main())


def test_a_recording_has_the_datagrams_and_their_secrets() -> None:
    class Heard:
        def __init__(self) -> None:
            self.lines: list[bytes] = []

        def secret(self, line: bytes) -> None:
            self.lines.append(line)

    async def main() -> None:
        async with serving_h3(hello) as place:
            dial = place.dialler(ca=ca())
            heard = Heard()
            from netloom.links.quic import configuration
            from netloom.links.tls import ClientTLS

            made = configuration.for_client(ClientTLS(alpn=("h3",)), "a", WINDOWS, 1.0, heard.secret)
            assert made.secrets_log_file is not None
            made.secrets_log_file.write("CLIENT_TRAFFIC_SECRET_0 aa bb\n")
            assert heard.lines == [b"CLIENT_TRAFFIC_SECRET_0 aa bb"]
            link, _ = await dial_quic(dial, None, ("h3",), WINDOWS)
            assert link.peer
            assert head()
            link.drop()

    run(main())
