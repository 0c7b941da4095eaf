"""Flags, copies, removal and IDLE; several sessions on one mailbox."""

from __future__ import annotations

import asyncio
import gc
from typing import TYPE_CHECKING, Any

import pytest

from netloom.contents.mail import Envelope, Limits, Mail
from netloom.errors import ConnectionLost
from netloom.links import virtual
from netloom.protocols.imap.messages import COMMANDS
from netloom.wire.imap.commands import Command
from tests.protocols.imap.lab import LETTER, OPEN, Lab

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(params=["memory", "maildir"])
def mail(request: pytest.FixtureRequest, tmp_path: Path) -> Mail:
    return Mail() if request.param == "memory" else Mail(tmp_path)


async def test_flags(mail: Mail) -> None:
    async with Lab(mail=mail) as lab:
        await lab.letters(LETTER, LETTER)
        raw = await lab.ann("SELECT INBOX")
        assert (await raw.say("STORE 1 +FLAGS (\\Seen $Junk)"))[0] == b"* 1 FETCH (UID 1 FLAGS ($Junk \\Recent \\Seen))"
        assert (await raw.say("STORE 1 -FLAGS \\Seen"))[0] == b"* 1 FETCH (UID 1 FLAGS ($Junk \\Recent))"
        assert (await raw.say("UID STORE 2 FLAGS (work \\Deleted)"))[0] == (
            b"* 2 FETCH (UID 2 FLAGS (\\Deleted \\Recent work))"
        )
        assert await raw.say("STORE 1:2 FLAGS.SILENT ()") == [b"OK stored"]
        assert await raw.kinds("STORE 3 FLAGS ()", "STORE 1 +FLAGS (\\Recent)") == ["BAD", "OK"]
        assert (await raw.say("FETCH 1:2 FLAGS"))[:-1] == [
            b"* 1 FETCH (FLAGS (\\Recent))", b"* 2 FETCH (FLAGS (\\Recent))",
        ]  # fmt: skip


async def test_copy_and_move(mail: Mail) -> None:
    async with Lab(mail=mail) as lab:
        await lab.letters(LETTER, b"Subject: two\r\n\r\n", b"Subject: three\r\n\r\n")
        raw = await lab.ann("CREATE x", "SELECT INBOX", "STORE 1 +FLAGS (\\Flagged work)")
        line = await raw.end("COPY 1:2 x")
        assert line.startswith(b"OK [COPYUID ")
        assert line.partition(b"]")[0].endswith(b" 1:2 1:2")
        assert (await raw.end("COPY 1 nope")).startswith(b"NO [TRYCREATE]")
        assert await raw.kinds("COPY 9 x", "UID COPY 9 x", "MOVE 1 INBOX") == ["BAD", "OK", "NO"]
        lines = await raw.say("UID MOVE 1,3 x")
        assert lines[0].startswith(b"* OK [COPYUID ")
        assert b" 1,3 3:4]" in lines[0]
        assert lines[1:] == [b"* 3 EXPUNGE", b"* 1 EXPUNGE", b"OK moved"]
        assert await raw.kinds("SELECT x") == ["OK"]
        lines = await raw.say("FETCH 1:* (FLAGS INTERNALDATE)")
        assert len(lines) == 5
        assert b"\\Flagged" in lines[0]
        assert b"work" in lines[0]
        assert b'" 1-Jan-2026' in lines[0], "the date of arrival goes along"


async def test_a_copy_that_doesnt_fit_leaves_nothing() -> None:
    async with Lab(mail=Mail(limits=Limits(messages=300))) as lab:
        await lab.letters(*[LETTER] * 300)
        raw = await lab.ann("CREATE x", "SELECT INBOX", "COPY 1:100 x")
        assert (await raw.end("COPY 1:300 x")).startswith(b"NO [LIMIT]")
        assert (await raw.say("STATUS x (MESSAGES)"))[0] == b"* STATUS x (MESSAGES 100)"
        assert (await raw.end("MOVE 1:300 x")).startswith(b"NO [LIMIT]")
        assert (await raw.say("STATUS INBOX (MESSAGES)"))[0] == b"* STATUS INBOX (MESSAGES 300)"


async def test_expunge_and_close(mail: Mail) -> None:
    async with Lab(mail=mail) as lab:
        await lab.letters(*[LETTER] * 5)
        raw = await lab.ann("SELECT INBOX", "STORE 1,3,4 +FLAGS.SILENT (\\Deleted)")
        assert (await raw.say("UID EXPUNGE 2:3"))[:-1] == [b"* 3 EXPUNGE"]
        assert (await raw.say("EXPUNGE"))[:-1] == [b"* 3 EXPUNGE", b"* 1 EXPUNGE"]
        assert await raw.kinds("STORE 1 +FLAGS (\\Deleted)", "UNSELECT", "SELECT INBOX") == ["OK", "OK", "OK"]
        assert await raw.say("CLOSE") == [b"OK closed"]
        assert (await raw.say("STATUS INBOX (MESSAGES UIDNEXT)"))[0] == b"* STATUS INBOX (MESSAGES 1 UIDNEXT 6)"
        assert await raw.kinds("EXAMINE INBOX", "EXPUNGE", "CLOSE") == ["OK", "NO", "OK"]


async def test_sessions_see_each_other(mail: Mail) -> None:
    async with Lab(mail=mail) as lab:
        await lab.letters(LETTER, LETTER, LETTER)
        one, other = await lab.ann("SELECT INBOX"), await lab.ann("SELECT INBOX")
        assert await one.kinds("STORE 2 +FLAGS (\\Deleted)", "EXPUNGE") == ["OK", "OK"]
        assert [line.split(b" ")[1] for line in (await other.say("FETCH 1:3 UID"))[:-1]] == [b"1", b"3"], (
            "no number shifts"
        )
        assert not any(b"EXPUNGE" in line for line in (await other.say("SEARCH ALL"))[:-1])
        assert (await other.say("NOOP"))[0] == b"* 2 EXPUNGE"
        assert (await one.end(b"APPEND INBOX {1+}\r\nx")).startswith(b"OK")
        lines = await other.say("FETCH 1 UID")
        assert b"* 3 EXISTS" in lines, "what is new may be told at any time"
        assert await one.kinds("STORE 1 +FLAGS (\\Answered)") == ["OK"]
        assert (await other.say("NOOP"))[0] == b"* 1 FETCH (UID 1 FLAGS (\\Answered))"


async def test_recent_is_told_to_one_session(mail: Mail) -> None:
    async with Lab(mail=mail) as lab:
        one, other = await lab.ann("SELECT INBOX"), await lab.ann("SELECT INBOX")
        await lab.mail.deliver(Envelope(sender="", recipients=("ann@x",), data=LETTER))
        assert (await one.say("NOOP"))[:2] == [b"* 1 EXISTS", b"* 1 RECENT"]
        assert (await other.say("NOOP"))[:2] == [b"* 1 EXISTS", b"* 0 RECENT"]


async def test_a_mailbox_that_is_deleted_under_somebody(mail: Mail) -> None:
    async with Lab(mail=mail) as lab:
        raw = await lab.ann("CREATE x")
        await lab.letters(LETTER, LETTER, folder="x")
        assert await raw.kinds("SELECT x") == ["OK"]
        other = await lab.ann("DELETE x")
        assert (await raw.say("NOOP"))[:-1] == [b"* 2 EXPUNGE", b"* 1 EXPUNGE"]
        assert (await raw.end(b"APPEND x {1+}\r\nx")).startswith(b"NO [TRYCREATE]")
        assert await other.kinds("SELECT x") == ["NO"]


async def test_idle(mail: Mail) -> None:
    async with Lab(mail=mail) as lab:
        await lab.letters(LETTER)
        raw, other = await lab.ann("SELECT INBOX"), await lab.ann("SELECT INBOX")
        await raw.send(b"x IDLE\r\n")
        assert await raw.hear() == b"+ idling"
        await lab.mail.deliver(Envelope(sender="", recipients=("ann@x",), data=LETTER))
        async with asyncio.timeout(10):
            assert await raw.hear() == b"* 2 EXISTS"
            await raw.hear()
            assert await other.kinds("STORE 1 +FLAGS (\\Seen)", "STORE 2 +FLAGS (\\Deleted)", "EXPUNGE") == ["OK"] * 3
            heard = [await raw.hear(), await raw.hear()]
            assert heard[0].startswith(b"* 1 FETCH (UID 1 FLAGS (")
            assert heard[-1] == b"* 2 EXPUNGE" or (await raw.hear()) == b"* 2 EXPUNGE"
        await raw.send(b"DONE\r\n")
        assert (await raw.hear()).startswith(b"x OK")


class _Idling:
    """As much of a session as IDLE uses: its client is silent until it goes."""

    view = None
    sent = 0

    def __init__(self) -> None:
        self.line: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def read_line(self) -> None:
        await self.line

    def say(self, response: object) -> None:
        """Nobody hears it."""

    async def sync(self, *, expunges: bool) -> None:
        """Nothing changes."""

    async def flush(self) -> None:
        """Nothing waits."""


async def test_who_goes_while_idling_as_the_server_stops() -> None:
    """Nothing is left that nobody asked about."""
    trouble: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, told: trouble.append(told))
    session: Any = _Idling()
    idling = asyncio.ensure_future(COMMANDS["IDLE"](session, Command("x", "IDLE")))
    for _ in range(3):
        await asyncio.sleep(0)
    session.line.set_exception(ConnectionLost("gone"))
    idling.cancel()
    await asyncio.wait({idling})
    assert idling.cancelled()
    del idling, session
    gc.collect()
    assert not trouble


async def test_what_another_program_does_is_heard(tmp_path: Path) -> None:
    async with Lab(mail=Mail(tmp_path)) as lab:
        await lab.letters(LETTER)
        raw = await lab.ann("SELECT INBOX")
        await raw.send(b"x IDLE\r\n")
        assert await raw.hear() == b"+ idling"
        written = tmp_path / "ann" / "tmp" / "1700000000.theirs"
        written.write_bytes(LETTER.replace(b"\r\n", b"\n"))
        written.rename(tmp_path / "ann" / "new" / written.name)
        async with asyncio.timeout(10):
            assert await raw.hear() == b"* 2 EXISTS"
        await raw.send(b"DONE\r\n")
        await raw.until("x")
        size = (await raw.say("FETCH 2 (RFC822.SIZE)"))[0]
        assert size.startswith(b"* 2 FETCH (RFC822.SIZE %d" % len(LETTER)), "as it is on the wire"


async def test_idle_ends_with_done_alone() -> None:
    async with Lab() as lab:
        raw = await lab.ann("SELECT INBOX")
        await raw.send(b"x IDLE\r\ny NOOP\r\n")
        assert (await raw.rest()).endswith(b"* BYE DONE was expected\r\n")
        raw = await lab.ann()
        await raw.send(b"x IDLE\r\ndone\r\n")
        assert (await raw.until("x"))[-1].startswith(b"x OK"), "without a mailbox, too"


def test_idle_shows_that_we_are_there() -> None:
    async def main() -> None:
        async with Lab(f"{OPEN},autologout=300") as lab:
            raw = await lab.ann("SELECT INBOX")
            await raw.send(b"x IDLE\r\n")
            assert await raw.hear() == b"+ idling"
            began = asyncio.get_running_loop().time()
            assert await raw.hear() == b"* OK still here"
            assert 119 < asyncio.get_running_loop().time() - began < 122
            assert await raw.hear() == b"* OK still here"
            assert (await raw.rest()) == b"* BYE too slow\r\n"

    virtual.run(main())
