"""Data connections at the server: waited for or begun, with the client itself and nobody else (RFC 2577)."""

from __future__ import annotations

import asyncio
import socket

import pytest

import netloom
from netloom.accounts import Accounts
from netloom.contents.files import Files
from netloom.endpoint import Endpoint
from netloom.errors import ConnectionLost, Status
from netloom.links import virtual
from netloom.links.activation import Activated
from netloom.links.options import LinkOptions
from netloom.links.stream import Stream
from netloom.links.system import SystemNetwork
from netloom.serving import Serving
from netloom.wire.ftp import addresses
from tests.protocols.ftp.lab import ANN, HELLO, PASSWORD, PLAIN, Lab, Raw, connect, listening

STRANGER = "203.0.113.66"


class TestPassive:
    async def test_both_ways_to_ask(self) -> None:
        async with Lab() as lab:
            raw = await lab.anybody()
            reply = await raw.say("PASV")
            host, port = addresses.parse_passive(reply.text)
            assert (reply.code, host) == (227, "127.0.0.1")
            data = await connect(lab.network, port)
            assert (await raw.say("RETR hello.txt")).code == 150
            assert b"".join([chunk async for chunk in data]) == HELLO
            assert (await raw.reply()).code == 226
            assert (await raw.get("RETR hello.txt")) == ([150, 226], HELLO)

    async def test_words_of_them(self) -> None:
        async with Lab() as lab:
            raw = await lab.anybody()
            assert await raw.codes("EPSV 1", "EPSV 2", "EPSV 3", "EPSV x", "PASV x") == [229, 522, 501, 501, 501]

    async def test_all_of_them_by_epsv(self) -> None:
        async with Lab() as lab:
            raw = await lab.anybody()
            assert await raw.codes("EPSV ALL", "PASV", "PORT 127,0,0,1,9,9", "EPRT |1|127.0.0.1|2000|", "EPSV") == [
                200, 501, 501, 501, 229,
            ]  # fmt: skip

    async def test_only_one_is_waited_for_and_only_once(self) -> None:
        async with Lab() as lab:
            raw = await lab.anybody()
            before = set(lab.network.listeners)
            for _ in range(50):
                assert (await raw.say("EPSV")).code == 229
            assert len(set(lab.network.listeners) - before) == 1
            assert (await raw.get("RETR hello.txt"))[0] == [150, 226]
            assert set(lab.network.listeners) == before
            assert (await raw.say("RETR hello.txt")).code == 425

    async def test_ports_of_a_range(self) -> None:
        async with Lab(f"{PLAIN},passive_ports=50000-50003") as lab:
            found = set()
            others = [await lab.anybody() for _ in range(4)]
            for raw in others:
                found.add(addresses.parse_extended_passive((await raw.say("EPSV")).text))
            assert found == {50000, 50001, 50002, 50003}
            late = await lab.anybody()
            assert (await late.say("EPSV")).code == 425
            assert (await late.say("PASV")).code == 425
            await others[0].stream.close()
            await asyncio.sleep(0.01)
            assert (await late.say("EPSV")).code == 229

    @pytest.mark.parametrize("ports", ["5-4", "0-5", "1-70000"])
    async def test_a_range_that_is_none(self, ports: str) -> None:
        async with Lab(f"{PLAIN},passive_ports={ports}") as lab:
            raw = await lab.anybody()
            assert (await raw.say("EPSV")).code == 425

    async def test_an_address_behind_a_nat(self) -> None:
        async with Lab(f"{PLAIN},passive_address=192.0.2.80") as lab:
            raw = await lab.anybody()
            assert addresses.parse_passive((await raw.say("PASV")).text)[0] == "192.0.2.80"

    def test_nobody_comes(self) -> None:
        async def main() -> None:
            loop = asyncio.get_running_loop()
            async with Lab(f"{PLAIN},data_idle=11") as lab:
                raw = await lab.anybody()
                assert await raw.codes("EPSV", "RETR hello.txt") == [229, 150]
                begun = loop.time()
                assert (await raw.reply()).code == 425
                assert loop.time() - begun == pytest.approx(11)
                assert (await raw.get("RETR hello.txt"))[0] == [150, 226]

        virtual.run(main())

    async def test_somebody_else_comes_first(self) -> None:
        """Whoever guesses the port gets nothing, and takes nobody's place."""
        async with Lab(stranger=STRANGER) as lab:
            raw = await lab.anybody()
            reply = await raw.say("EPSV")
            port = addresses.parse_extended_passive(reply.text)
            lab.network.stranger = ""  # type: ignore[attr-defined]  # the house's Wire has it
            thief = await connect(lab.network, port)
            with pytest.raises(ConnectionLost):
                await thief.read()
            lab.network.stranger = STRANGER  # type: ignore[attr-defined]
            data = await connect(lab.network, port)
            assert (await raw.say("RETR hello.txt")).code == 150
            assert b"".join([chunk async for chunk in data]) == HELLO


class TestActive:
    @pytest.mark.parametrize("verb", ["PORT", "EPRT"])
    async def test_the_client_is_come_to(self, verb: str) -> None:
        async with Lab(PLAIN, ANN) as lab:
            raw = await lab.ann()
            for command, said in (("RETR hello.txt", b""), ("STOR new.txt", b"here it is")):
                port, coming = await listening(raw.network)
                emit = addresses.emit_port if verb == "PORT" else addresses.emit_extended_port
                assert await raw.codes(f"{verb} {emit('127.0.0.1', port)}", command) == [200, 150]
                data = await coming
                if said:
                    await data.write(said)
                    await data.close()
                else:
                    assert b"".join([chunk async for chunk in data]) == HELLO
                assert (await raw.reply()).code == 226
            assert await lab.read("new.txt") == b"here it is"

    @pytest.mark.parametrize(
        "command",
        [
            "PORT 192,0,2,7,78,32", "PORT 127,0,0,2,78,32", "EPRT |1|192.0.2.7|20000|", "EPRT |2|::1|20000|",
            "PORT 127,0,0,1,0,21", "PORT 127,0,0,1,3,255", "EPRT |1|127.0.0.1|25|", "EPRT |1|127.0.0.1|1023|",
        ],
    )  # fmt: skip
    async def test_nobody_else_and_no_service(self, command: str) -> None:
        async with Lab() as lab:
            raw = await lab.anybody()
            assert (await raw.say("EPSV")).code == 229
            assert (await raw.say(command)).code == 504
            assert (await raw.say("LIST")).code == 425, "what was prepared before doesn't hold either"
            assert [record.status for record in lab.access if record.verb in ("PORT", "EPRT")] == ["504"]

    @pytest.mark.parametrize(
        ("command", "code"),
        [
            ("PORT", 501), ("PORT 1,2,3", 501), ("PORT 127,0,0,1,256,0", 501), ("EPRT", 501), ("EPRT |3|x|20000|", 522),
            ("EPRT |1|localhost|20000|", 501), ("EPRT |1|127.0.0.1|70000|", 501),
        ],
    )  # fmt: skip
    async def test_what_is_no_address(self, command: str, code: int) -> None:
        async with Lab() as lab:
            raw = await lab.anybody()
            assert (await raw.say(command)).code == code

    async def test_nobody_is_there(self) -> None:
        async with Lab() as lab:
            raw = await lab.anybody()
            assert await raw.codes("PORT 127,0,0,1,250,250", "LIST") == [200, 150]
            assert (await raw.reply()).code == 425


async def test_ipv6() -> None:
    lab = Lab("ftp://[::1]:0#tls=never")
    async with lab:
        stream = Stream(asyncio.get_running_loop())
        await lab.network.connect((socket.AF_INET6, ("::1", lab.port, 0, 0)), lambda: stream, LinkOptions())
        raw = Raw(lab.network, stream)
        assert (await raw.reply()).code == 220
        await raw.login("anonymous", "x")
        assert await raw.codes("PASV", "EPSV 1", "PORT 127,0,0,1,99,99", "EPRT |2|::1|20000|") == [425, 522, 504, 200]
        port = addresses.parse_extended_passive((await raw.say("EPSV 2")).text)
        data = Stream(asyncio.get_running_loop())
        await lab.network.connect((socket.AF_INET6, ("::1", port, 0, 0)), lambda: data, LinkOptions())
        assert (await raw.say("RETR hello.txt")).code == 150
        assert b"".join([chunk async for chunk in data]) == HELLO


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]"])
async def test_a_socket_for_both_families(host: str) -> None:
    """As systemd opens one by itself: who comes by IPv4 has an address of IPv4."""
    with socket.socket(socket.AF_INET6) as sock:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        sock.setblocking(False)
        sock.bind(("::", 0))
        sock.listen()
        port = sock.getsockname()[1]
        network = Activated(SystemNetwork(), [sock])
        files = Files(files={"hello.txt": HELLO})
        async with Serving([Endpoint.parse(f"ftp://*:{port}#tls=never")], [files], Accounts([ANN]), network=network):
            for options in ("", "epsv=no", "active=yes", "active=yes,epsv=no"):
                url = f"ftp://ann:{PASSWORD}@{host}:{port}/hello.txt#tls=never,{options}".rstrip(",")
                if "epsv" in options and host == "[::1]":
                    continue  # which has no other way
                found = await netloom.get(url)
                assert (found.status, found.body) == (Status.SUCCESS, HELLO), (options, found)
