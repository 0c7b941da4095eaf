"""The dialogue at the server: who may say what, literals, limits, and how it ends."""

from __future__ import annotations

import asyncio

import pytest

from netloom.contents.mail import Limits, Mail
from netloom.links import virtual
from tests.protocols.imap.lab import LETTER, OPEN, PASSWORD, Lab


async def test_commands_need_their_state() -> None:
    async with Lab() as lab:
        raw = await lab.raw()
        assert await raw.kinds(
            "CAPABILITY", "NOOP", "ID NIL", "SELECT INBOX", "FETCH 1 UID", "IDLE", "APPEND x {0+}\r\n"
        ) == [
            "OK",
            "OK",
            "OK",
            "BAD",
            "BAD",
            "BAD",
            "BAD",
        ]
        raw = await lab.ann()
        assert (
            await raw.kinds("FETCH 1 UID", "STORE 1 FLAGS ()", "SEARCH ALL", "EXPUNGE", "CLOSE", "CHECK") == ["BAD"] * 6
        )
        assert await raw.kinds(f"LOGIN ann {PASSWORD}", "AUTHENTICATE PLAIN", "STARTTLS") == ["BAD"] * 3


async def test_mistakes_are_told_with_their_tag() -> None:
    async with Lab() as lab:
        raw = await lab.ann()
        await raw.send(b"x1 NONSENSE\r\nx2 SELECT\r\nx3 FETCH\r\n\r\n(\r\nx4 NOOP\r\n")
        assert [line.split(b" ")[0] + b" " + line.split(b" ")[1] for line in await raw.until("x4")] == [
            b"x1 BAD", b"x2 BAD", b"x3 BAD", b"* BAD", b"* BAD", b"x4 OK",
        ]  # fmt: skip


async def test_literals() -> None:
    async with Lab() as lab:
        raw = await lab.raw()
        await raw.send(b"a LOGIN {3}\r\n")
        assert (await raw.hear()).startswith(b"+ ")
        await raw.send(b"ann {11+}\r\ncan4ry-pa55\r\n")
        assert (await raw.hear()).startswith(b"a OK")


@pytest.mark.parametrize("said", [b"a NOOP\n", b"a \0\r\n", b"a NO\rOP\r\n", b"x" * 70_000])
async def test_what_breaks_the_frame_ends_the_session(said: bytes) -> None:
    async with Lab() as lab:
        raw = await lab.raw()
        await raw.send(said)
        assert (await raw.rest()).startswith(b"* BYE ")
        assert (await (await lab.raw()).end("NOOP")).startswith(b"OK"), "others are served"


async def test_a_stranger_announces_little() -> None:
    async with Lab() as lab:
        raw = await lab.raw()
        assert (await raw.end("LOGIN {100000}")).startswith(b"NO [TOOBIG]")
        assert await raw.kinds("NOOP") == ["OK"]
        await raw.send(b"b LOGIN {100000+}\r\n")
        assert (await raw.rest()).startswith(b"* BYE [TOOBIG]")


async def test_a_message_may_be_as_large_as_is_kept() -> None:
    async with Lab(mail=Mail(limits=Limits(message=5000))) as lab:
        raw = await lab.ann()
        assert (await raw.end("APPEND INBOX {600000}")).startswith(b"NO [TOOBIG]")
        await raw.send(b"b APPEND INBOX {5000}\r\n")
        assert (await raw.hear()).startswith(b"+")
        await raw.send(b"x" * 5000 + b"\r\n")
        assert (await raw.hear()).startswith(b"b OK [APPENDUID")
        await raw.send(b"b APPEND INBOX {5001}\r\n" + b"x" * 5001 + b"\r\n")
        assert (await raw.until("b"))[-1].startswith(b"b NO [LIMIT]")
        await raw.send(b"c APPEND INBOX {5000+}\r\n")
        assert (await raw.rest()).startswith(b"* BYE [TOOBIG]"), "only small literals go without asking (RFC 7888)"


async def test_errors_have_an_end() -> None:
    async with Lab(f"{OPEN},max-errors=3") as lab:
        raw = await lab.raw()
        assert await raw.kinds("X", "X", "NOOP", "X", "X") == ["BAD", "BAD", "OK", "BAD", "BAD"]
        await raw.send(b"z X\r\n")
        assert (await raw.rest()).endswith(b"* BYE too many errors\r\n")


async def test_pipelined_commands_are_answered_in_order() -> None:
    async with Lab() as lab:
        await lab.letters(LETTER)
        raw = await lab.raw()
        await raw.send(b"a LOGIN ann can4ry-pa55\r\nb SELECT INBOX\r\nc FETCH 1 UID\r\nd LOGOUT\r\n")
        said = await raw.rest()
        places = [said.index(mark) for mark in (b"a OK", b"b OK", b"* 1 FETCH (UID 1)", b"c OK", b"* BYE", b"d OK")]
        assert places == sorted(places)


def test_who_is_silent_is_told_bye() -> None:
    async def main() -> None:
        async with Lab(f"{OPEN},idle=7,autologout=100") as lab:
            clock = asyncio.get_running_loop().time
            raw = await lab.raw()
            began = clock()
            assert (await raw.rest()) == b"* BYE too slow\r\n"
            assert 7 <= clock() - began < 8
            raw = await lab.ann()
            began = clock()
            assert (await raw.rest()) == b"* BYE too slow\r\n"
            assert 100 <= clock() - began < 101, "who is logged in may take longer (RFC 9051 §5.4)"

    virtual.run(main())


def test_who_is_there_when_the_server_stops_is_told() -> None:
    async def main() -> None:
        lab = Lab()
        await lab.serving.start()
        idle, idling = await lab.ann(), await lab.ann("SELECT INBOX")
        await idling.send(b"x IDLE\r\n")
        assert (await idling.hear()).startswith(b"+")
        began = asyncio.get_running_loop().time()
        assert await lab.serving.stop(10.0) == 2
        assert asyncio.get_running_loop().time() - began < 1, "who idles has nothing to finish"
        assert await idle.rest() == await idling.rest() == b"* BYE the server stops\r\n"

    virtual.run(main())


async def test_what_is_recorded() -> None:
    async with Lab() as lab:
        await lab.letters(LETTER)
        raw = await lab.ann("SELECT INBOX", "FETCH 1 BODY[]", "NOOP", "CREATE x", "COPY 1 x", "RENAME x y")
        await raw.kinds("SELECT nope", "LOGOUT")
        assert [(one.verb, one.target, one.status, one.user) for one in lab.access] == [
            ("LOGIN", "ann", "OK", "ann"), ("SELECT", "INBOX", "OK", "ann"), ("FETCH", "1", "OK", "ann"),
            ("CREATE", "x", "OK", "ann"), ("COPY", "1 x", "OK", "ann"), ("RENAME", "x y", "OK", "ann"),
            ("SELECT", "nope", "NO", "ann"),
        ]  # fmt: skip
        assert lab.access[2].size > len(LETTER)
        assert PASSWORD not in repr(lab.access)
