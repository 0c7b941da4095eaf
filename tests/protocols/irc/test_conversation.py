"""A conversation by hand."""

from __future__ import annotations

import asyncio

import pytest

from netloom.errors import LocalProtocolError, RemoteProtocolError
from netloom.records import Message
from tests.protocols.irc.lab import Lab, Scripted, other


async def test_what_is_typed_is_said_and_what_is_said_is_shown() -> None:
    async with Lab() as lab:
        ann = await lab.person("ann", join="#a")
        client = lab.client("/a", nick="bob")
        channel = await client.open()
        await channel.write(b"hel")
        await channel.write(b"lo\n/me waves\r\n\n//not a command\n")
        assert [await channel.read() for _ in range(3)] == [
            b"<bob> hello\n",
            b"* bob waves\n",
            b"<bob> /not a command\n",
        ]
        assert (await ann.words())[-3:] == [
            "bob PRIVMSG #a hello",
            "bob PRIVMSG #a \x01ACTION waves\x01",
            "bob PRIVMSG #a /not a command",
        ]
        await ann.ask(
            "PRIVMSG #a :hi",
            "NOTICE #a :hm",
            "PRIVMSG bob :\x01ACTION nods\x01",
            "PRIVMSG bob :\x01VERSION\x01",
            "TOPIC #a :weft",
        )
        lab.bus.publish(Message("a", "21.5 °C".encode(), sender="sensor"))
        shown = [(await channel.read()).decode() for _ in range(6)]
        assert shown == [
            "<ann> hi\n",
            "-ann- hm\n",
            "bob * ann nods\n",
            "bob (ann asks: VERSION )\n",
            "* ann topic #a weft\n",
            "<*sensor> 21.5 °C\n",
        ]
        await channel.close()
        await client.close()


async def test_a_terminal_is_told_nothing() -> None:
    async with Lab() as lab:
        ann = await lab.person("ann", join="#a")
        client = lab.client("/a", nick="bob")
        channel = await client.open()
        await ann.say(
            "PRIVMSG #a :\x1b[2J\x02bold\x0f \x0304,12red\x03 \x04ff0000,00ff00x\x1d\u202eevil\x07\ttab \udcff"
        )
        assert (await channel.read()).decode() == "<ann> \\x1b[2Jbold red x\\x202eevil\\x07\ttab \\xdcff\n"
        await client.close()


async def test_commands() -> None:
    async with Lab() as lab:
        ann = await lab.person("ann", join="#b")
        client = lab.client("/a", nick="bob")
        channel = await client.open()
        await channel.write(b"/msg ann psst\n/join #b\nhere\n/topic x\n/quote PRIVMSG ann :raw\n/whois nobody\n")
        heard = await ann.words()
        assert "bob PRIVMSG ann psst" in heard
        assert "bob PRIVMSG ann raw" in heard
        shown: list[str] = []
        while not shown or "End of /WHOIS" not in shown[-1]:
            shown.append((await channel.read()).decode())
        assert "<bob> here\n" in shown, "where we have gone is where we talk"
        assert "- #b You're not channel operator\n" in shown
        await channel.write(b"/quit enough\n")
        while line := await channel.read():
            shown.append(line.decode())
        assert lab.access[-1].status == "Quit: enough"
        await channel.write_eof()
        await channel.close()
        await client.close()


@pytest.mark.parametrize("typed", [b"a\rb\n", b"/x\0y\n", b"a\0\n", b"/\n", b"/12\n"])
async def test_what_cant_be_said(typed: bytes) -> None:
    async with Lab() as lab:
        client = lab.client("/a")
        channel = await client.open()
        with pytest.raises((LocalProtocolError, RemoteProtocolError)):
            await channel.write(typed)
        await client.close()


async def test_a_line_without_an_end() -> None:
    async with Lab() as lab:
        channel = await lab.client("/a").open()
        with pytest.raises(LocalProtocolError):
            await channel.write(b"x" * 70_000)


async def test_the_end_of_what_is_typed() -> None:
    async with Lab() as lab:
        ann = await lab.person("ann", join="#a")
        client = lab.client("/a", nick="bob")
        channel = await client.open()
        await channel.write(b"last words")
        await channel.write_eof()
        while await channel.read():
            pass
        assert (await ann.words())[-2:] == ["bob PRIVMSG #a last words", "bob QUIT Quit: netloom"]
        await client.close()


async def test_a_server_without_echo_is_echoed_here() -> None:
    async with Scripted(other()) as server:
        client = server.client("/a", nick="bob")
        channel = await client.open()
        reading = asyncio.ensure_future(channel.read())
        await asyncio.sleep(0)
        await channel.write(b"hello\n")
        assert await reading == b"<bob> hello\n"
        await channel.close()
        await client.close()


async def test_reading_can_be_given_up() -> None:
    async with Lab() as lab:
        client = lab.client("/a")
        channel = await client.open()
        reading = asyncio.ensure_future(channel.read())
        for _ in range(5):
            await asyncio.sleep(0)
        reading.cancel()
        await asyncio.wait({reading})
        assert asyncio.all_tasks() - {asyncio.current_task()} <= {
            t for t in asyncio.all_tasks() if "read" not in str(t)
        }
        await channel.write(b"x\n")
        assert b"x" in await channel.read()
        await channel.close()
        await client.close()


async def test_lines_of_the_protocol_itself() -> None:
    async with Lab() as lab:
        client = lab.client(raw="yes", nick="bob")
        channel = await client.open()
        await channel.write(b"ISON bob nobody\n\n")
        assert (await channel.read()).endswith(b" :irc.test 303 bob :bob\n"), "tags and all"
        with pytest.raises(RemoteProtocolError):
            await channel.write(b"\xff\n")
        await channel.close()
        await client.close()


async def test_the_client_ends_it_while_somebody_listens() -> None:
    async with Lab() as lab:
        client = lab.client("/a", nick="bob")
        channel = await client.open()
        reading = asyncio.ensure_future(channel.read())
        await asyncio.sleep(0)
        await channel.write(b"x\n")
        while await asyncio.wait_for(asyncio.shield(reading), 1) != b"<bob> x\n":
            reading = asyncio.ensure_future(channel.read())
        await client.close()
        assert lab.access[-1].status == "Quit: netloom"
