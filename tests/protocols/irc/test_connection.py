"""One connection: how fast, how silent, how odd a client may be, and how it ends."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from netloom.errors import NetloomError
from netloom.links.virtual import run
from netloom.protocols.irc.connection import Budget
from netloom.records import Message
from tests.protocols.irc.lab import OPEN, Lab, shown
from tests.worlds import elapsed

SLOW = "irc://127.0.0.1:0#name=irc.test,flood=10,flood_burst=20"


class TestBudget:
    def test_a_burst_and_then_a_rate(self) -> None:
        budget = Budget(2.0, 3)
        assert [budget.spend(0.0) for _ in range(5)] == [0.0, 0.0, 0.0, 0.5, 1.0]
        assert budget.spend(1.0) == 0.5
        assert budget.spend(100.0) == 0.0

    def test_none(self) -> None:
        budget = Budget(0.0, 1)
        assert [budget.spend(0.0) for _ in range(5)] == [0.0] * 5


def test_who_gives_many_commands_waits_and_nobody_else_does() -> None:
    async def main() -> None:
        async with Lab(SLOW) as lab:
            ann, bob = await lab.person("ann"), await lab.person("bob")
            began = elapsed()
            await ann.say(*["TIME"] * 100)
            assert await bob.codes("TIME") == ["391"]
            assert elapsed() == began
            assert len(await ann.hear()) == 100
            assert elapsed() - began >= 8

    run(main())


def test_a_silent_client_is_asked_and_then_let_go() -> None:
    async def main() -> None:
        async with Lab(f"{OPEN},idle=60") as lab:
            ann, bob = await lab.person("ann", join="#a"), await lab.person("bob", join="#a")
            await ann.hear()
            assert (await ann.next()).command == "PING"
            assert 29 < elapsed() < 31
            await ann.say("PONG :irc.test")
            heard = [shown(m) for m in await bob.rest()]
            assert heard[-1] == "ERROR Closing Link: 127.0.0.1 (Ping timeout: 60 seconds)"
            assert 59 < elapsed() < 61
            assert await ann.words() == ["PING irc.test", "bob QUIT Ping timeout: 60 seconds"]

    run(main())


def test_who_answers_stays() -> None:
    async def main() -> None:
        async with Lab(f"{OPEN},idle=60") as lab:
            ann = await lab.person("ann")
            for _ in range(20):
                assert (await ann.next()).command == "PING"
                await ann.say("PONG x")
            assert elapsed() > 590
            assert await ann.codes("TIME") == ["391"]

    run(main())


@pytest.mark.parametrize("drip", ["", "CAP LS 302", "NICK ann", "PING x", "AUTHENTICATE PLAIN"])
def test_registration_has_a_time(drip: str) -> None:
    async def main() -> None:
        async with Lab(f"{OPEN},idle=60") as lab:
            ann = await lab.raw()

            async def dripping() -> None:
                with contextlib.suppress(NetloomError):
                    while drip:
                        await ann.say(drip)
                        await asyncio.sleep(5)

            task = asyncio.ensure_future(dripping())
            assert (await ann.rest())[-1].text.startswith("Closing Link")
            assert elapsed() <= 60
            task.cancel()
            await asyncio.wait({task})

    run(main())


def test_who_doesnt_read_is_cut_off() -> None:
    async def main() -> None:
        async with Lab(f"{OPEN},sendq=10000") as lab:
            ann, bob = await lab.person("ann", join="#a"), await lab.person("bob", join="#a")
            await ann.hear()
            bob.stream.transport.pause_reading()
            for _ in range(2000):
                lab.bus.publish(Message("a", b"x" * 300))
                await asyncio.sleep(0)
                await ann.hear()
                if "QUIT" in [one.verb for one in lab.access]:
                    break
            assert [one.status for one in lab.access if one.verb == "QUIT"] == ["SendQ exceeded"]
            assert await ann.codes("WHOIS bob") == ["401", "318"]

    run(main())


@pytest.mark.parametrize(
    "said",
    [
        b"\0\r\n",
        b"\xff\xfe\r\n",
        b"NICK a\0b\r\n",
        b"12\r\n",
        b"@a=b\r\n",
        b":only\r\n",
        b"x" * 6000,
        b"\x16\x03\x01\x02\x00\x01\r\n",
        b"SSH-2.0-x\r\n",
    ],
)
@pytest.mark.parametrize("registered", [False, True])
async def test_what_is_no_irc_ends_it(said: bytes, registered: bool) -> None:
    async with Lab() as lab:
        ann = await (lab.person("ann") if registered else lab.raw())
        bob = await lab.person("bob")
        await ann.stream.write(said)
        heard = await ann.rest()
        assert heard[-1].command == "ERROR"
        assert "Protocol error" in heard[-1].text
        assert await bob.codes("WHOIS ann") == ["401", "318"]


@pytest.mark.parametrize("verb", ["GET", "POST", "PUT", "HEAD", "OPTIONS"])
async def test_a_browser_that_was_sent_here(verb: str) -> None:
    """What a page makes it say doesn't become commands."""
    async with Lab() as lab:
        browser = await lab.raw()
        await browser.say(
            f"{verb} / HTTP/1.1", "Host: x", "", "NICK eve", "USER e 0 * :e", "JOIN #a", "PRIVMSG #a :spam"
        )
        assert [m.command for m in await browser.rest()] == ["ERROR"]
        assert lab.access == []


async def test_too_long_a_line_is_told() -> None:
    async with Lab() as lab:
        ann = await lab.person("ann")
        assert await ann.codes("PRIVMSG ann :" + "x" * 600, "TIME", "@+a=" + "x" * 4100 + " TIME") == [
            "417",
            "391",
            "417",
        ]


async def test_odd_but_fine() -> None:
    async with Lab() as lab:
        ann = await lab.person("ann")
        await ann.stream.write(b"\r\n\n   time  \r\ntImE\r:anybody TIME\n")
        assert await ann.codes() == ["391"] * 3


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
async def test_cuts_change_nothing(size: int) -> None:
    said = "NICK ann\r\nUSER a 0 * :A\r\nJOIN #a\r\nPRIVMSG #a :héllo\r\nQUIT :bye\r\n".encode()
    async with Lab() as lab:
        ann = await lab.raw()
        async with lab.bus.subscribe("a") as heard:
            for at in range(0, len(said), size):
                await ann.stream.write(said[at : at + size])
                await asyncio.sleep(0)
            commands = [m.command for m in await ann.rest()]
            assert commands[0] == "001"
            assert commands[-6:] == ["422", "JOIN", "MODE", "353", "366", "ERROR"]
            assert (await anext(heard)).payload.decode() == "héllo"


async def test_the_server_stops() -> None:
    lab = Lab()
    async with lab:
        ann = await lab.person("ann", join="#a")
        stopping = asyncio.ensure_future(lab.serving.stop(1.0))
        heard = await ann.rest()
        assert shown(heard[-1]) == "ERROR Closing Link: 127.0.0.1 (Server shutting down)"
        await stopping
        assert lab.bus.subscribers == 0


async def test_two_ports_share_one_network() -> None:
    from netloom.endpoint import Endpoint
    from netloom.serving import Serving

    async with Lab() as lab, Serving([Endpoint.parse(OPEN)], [lab.bus], network=lab.network) as more:
        ann = await lab.person("ann", join="#a")
        lab.serving.endpoints[0] = more.endpoint
        bob = await lab.person("bob", join="#a")
        assert "bob JOIN #a" in await ann.words()
        await ann.ask("PRIVMSG #a :x")
        assert await bob.words() == ["ann PRIVMSG #a x"]
