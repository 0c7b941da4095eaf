"""The collector: what it hears, in which pieces, and how long it waits."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from netloom.contents.bus import Bus, Limits
from netloom.errors import NetloomError
from netloom.links.virtual import run
from tests.protocols.syslog.lab import collecting
from tests.worlds import elapsed

FIRST = b"<34>1 2003-10-11T22:14:15.003Z h su - - - warp"
SECOND = b"<13>Oct 11 22:14:15 h su: weft"


async def test_datagrams() -> None:
    async with collecting() as lab:
        link = await lab.datagrams()
        for said in (FIRST, b"", b"\0\0", b"\n", SECOND + b"\n\0"):
            if said:
                await link.send(said)
        first, second = await lab.heard(), await lab.heard()
        assert (first.topic, first.payload) == ("syslog/h/su/crit", b"warp")
        assert (second.topic, second.payload) == ("syslog/h/su/notice", b"weft")
        assert first.sender.startswith("127.0.0.1:")
        assert [(one.verb, one.target) for one in lab.access] == [
            ("LOG", "syslog/h/su/crit"),
            ("LOG", "syslog/h/su/notice"),
        ]
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0):
                await link.receive()
        await link.close()


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
@pytest.mark.parametrize("scheme", ["syslog", "syslog+tcp"])
async def test_streams_in_pieces(scheme: str, size: int) -> None:
    """Both frames, one after the other; the last line has no end."""
    said = b"%d %b" % (len(FIRST), FIRST) + SECOND + b"\n" + b"%d %b\n" % (len(SECOND), SECOND) + FIRST
    async with collecting(scheme) as lab:
        stream = await lab.raw()
        for at in range(0, len(said), size):
            await stream.write(said[at : at + size])
            await asyncio.sleep(0)
        await stream.write_eof()
        assert [(await lab.heard()).payload for _ in range(4)] == [b"warp", b"weft", b"weft", b"warp"]
        assert await stream.read() == b"", "nothing is ever answered"
        assert lab.access[-1].status == "4 messages"


async def test_a_sender_that_goes_without_a_word() -> None:
    async with collecting() as lab:
        stream = await lab.raw()
        await stream.write(SECOND + b"\n")
        assert (await lab.heard()).payload == b"weft"
        stream.abort()
        await asyncio.sleep(0)


@pytest.mark.parametrize("said", [b"9999999 x", b"x" * 2000, b"3 abc" + b"5000 "])
async def test_a_message_that_is_too_long_ends_the_connection(said: bytes) -> None:
    async with collecting(max_size="1000") as lab:
        stream = await lab.raw()
        await stream.write(said)
        with contextlib.suppress(NetloomError):
            assert await stream.read() == b""
        other = await lab.raw()
        await other.write(SECOND + b"\n")
        while (await lab.heard()).payload != b"weft":
            pass


async def test_a_datagram_that_is_too_long_isnt_heard() -> None:
    async with collecting(max_size="1000") as lab:
        link = await lab.datagrams()
        await link.send(b"<13>" + b"x" * 1000)
        await link.send(SECOND)
        assert (await lab.heard()).payload == b"weft"
        await link.close()


async def test_what_the_bus_refuses_ends_nothing() -> None:
    async with collecting(bus=Bus(limits=Limits(message=300))) as lab:
        stream = await lab.raw()
        await stream.write(b"<13>" + b"x" * 400 + b"\n<13>y\n")
        assert (await lab.heard()).payload == b"y"


async def test_accounts_make_no_difference() -> None:
    """Syslog has no word for who one is; what is heard stands below `syslog/` alone."""
    async with collecting(accounts=("ann:secret",)) as lab:
        link = await lab.datagrams()
        await link.send(b"<13>Oct 11 22:14:15 house/kitchen app: forged")
        assert (await lab.heard()).topic.startswith("syslog/")
        await link.close()


class TestTime:
    def test_who_says_nothing_is_let_go(self) -> None:
        async def main() -> None:
            async with collecting() as lab:
                stream = await lab.raw()
                with contextlib.suppress(NetloomError):
                    assert await stream.read() == b""
                assert elapsed() == pytest.approx(60)

        run(main())

    def test_who_has_said_something_may_be_silent_for_days(self) -> None:
        async def main() -> None:
            async with collecting() as lab:
                stream = await lab.raw()
                for _ in range(3):
                    await stream.write(SECOND + b"\n")
                    assert (await lab.heard()).payload == b"weft"
                    await asyncio.sleep(86_400)
                stream.abort()

        run(main())

    @pytest.mark.parametrize("before", [b"", SECOND + b"\n"])
    def test_what_has_begun_has_to_end(self, before: bytes) -> None:
        async def main() -> None:
            async with collecting() as lab:
                stream = await lab.raw()
                if before:
                    await stream.write(before)
                    await asyncio.sleep(1000)
                began = elapsed()

                async def drip() -> None:
                    with contextlib.suppress(NetloomError):
                        for _ in range(100):
                            await stream.write(b"x")
                            await asyncio.sleep(5)

                dripping = asyncio.ensure_future(drip())
                with contextlib.suppress(NetloomError):
                    assert await stream.read() == b""
                assert elapsed() - began <= 65
                dripping.cancel()
                await asyncio.wait({dripping})

        run(main())

    def test_a_busy_sender_is_never_cut_off(self) -> None:
        """Also where each piece ends within a message."""

        async def main() -> None:
            async with collecting() as lab:
                stream = await lab.raw()
                await stream.write(b"<13>")
                for _ in range(50):
                    await asyncio.sleep(10)
                    await stream.write(b"x\n<13>")
                    assert (await lab.heard()).payload == b"x"
                stream.abort()

        run(main())
