"""FETCH: every item, what is marked as seen, and what is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from netloom.contents.mail import Mail
from netloom.contents.mail.memory import MemoryMailbox
from netloom.protocols.imap.session import Session
from tests.protocols.imap.lab import LETTER, Lab
from tests.wire.imap.messages import INNER, MIXED

if TYPE_CHECKING:
    from collections.abc import Sequence


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("UID", b"UID 1"), ("RFC822.SIZE", b"RFC822.SIZE %d" % len(LETTER)), ("FLAGS", b"FLAGS (\\Recent)"),
        ("INTERNALDATE", b'INTERNALDATE " 1-Jan-2026 00:00:00 +0000"'),
        ("BODY.PEEK[]", b"BODY[] {%d}\r\n%b" % (len(LETTER), LETTER)),
        ("BODY.PEEK[]<6.3>", b"BODY[]<6> {3}\r\nBob"), ("BODY.PEEK[]<9999.3>", b"BODY[]<9999> {0}\r\n"),
        ("BODY.PEEK[HEADER]", b"BODY[HEADER] {%d}\r\n%b" % (len(LETTER) - 7, LETTER[:-7])),
        ("RFC822.HEADER", b"RFC822.HEADER {%d}\r\n%b" % (len(LETTER) - 7, LETTER[:-7])),
        ("BODY.PEEK[TEXT]", b"BODY[TEXT] {7}\r\nHello\r\n"), ("BODY.PEEK[1]", b"BODY[1] {7}\r\nHello\r\n"),
        ("BODY.PEEK[2]", b"BODY[2] NIL"), ("BODY.PEEK[1.HEADER]", b"BODY[1.HEADER] NIL"),
        ("BODY.PEEK[1.MIME]", b"BODY[1.MIME] {%d}\r\n%b" % (len(LETTER) - 7, LETTER[:-7])),
        ("BODY.PEEK[HEADER.FIELDS (SUBJECT x)]", b"BODY[HEADER.FIELDS (SUBJECT x)] {21}\r\nSubject: November\r\n\r\n"),
        (
            "BODY.PEEK[HEADER.FIELDS.NOT (from date)]",
            b"BODY[HEADER.FIELDS.NOT (from date)] {21}\r\nSubject: November\r\n\r\n",
        ),
        ("BINARY.PEEK[1]", b"BINARY[1] {7}\r\nHello\r\n"), ("BINARY.SIZE[1]", b"BINARY.SIZE[1] 7"),
        (
            "ENVELOPE",
            (b'ENVELOPE ("Fri, 20 Nov 2026 22:00:00 +0000" "November" (("Bob" NIL "bob" "example.org")) '
            b'(("Bob" NIL "bob" "example.org")) (("Bob" NIL "bob" "example.org")) NIL NIL NIL NIL NIL)'),
        ),
        ("BODY", b'BODY ("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 7 1)'),
        ("BODYSTRUCTURE", b'BODYSTRUCTURE ("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 7 1 NIL NIL NIL NIL)'),
        ("(UID BODY.PEEK[TEXT])", b"UID 1 BODY[TEXT] {7}\r\nHello\r\n"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("kind", ["memory", "maildir"])
async def test_items(asked: str, told: bytes, kind: str, tmp_path: object) -> None:
    async with Lab(mail=Mail(str(tmp_path)) if kind == "maildir" else None) as lab:
        await lab.letters(LETTER)
        raw = await lab.ann("SELECT INBOX")
        for _ in range(2):  # also from what was kept
            lines = await raw.say(f"FETCH 1 {asked}")
            assert lines == [b"* 1 FETCH (" + told + b")", b"OK fetched"]
        assert b"\\Seen" not in (await raw.say("FETCH 1 FLAGS"))[0]


@pytest.mark.parametrize("asked", ["BODY[]", "RFC822", "RFC822.TEXT", "BODY[TEXT]<0.1>", "BINARY[1]", "(UID BODY[1])"])
async def test_what_marks_as_seen(asked: str) -> None:
    async with Lab() as lab:
        await lab.letters(LETTER)
        raw = await lab.ann("EXAMINE INBOX", f"FETCH 1 {asked}")
        assert b"\\Seen" not in (await raw.say("FETCH 1 FLAGS"))[0]
        other = await lab.ann("SELECT INBOX")
        line = (await raw.say(f"FETCH 1 {asked}"))[0]
        assert b"\\Seen" not in line, "it may only be read there"
        line = (await other.say(f"FETCH 1 {asked}"))[0]
        assert b"FLAGS (\\Seen)" in line.replace(b"\\Recent ", b""), "it is told at once"
        assert (await raw.say("NOOP"))[0] == b"* 1 FETCH (UID 1 FLAGS (\\Recent \\Seen))", (
            "the other session hears of it"
        )
        assert (await other.say("NOOP")) == [b"OK nothing was to be done"], "who did it isn't told again"


async def test_parts_of_messages_in_messages() -> None:
    async with Lab() as lab:
        await lab.letters(MIXED)
        raw = await lab.ann("SELECT INBOX")
        for section, text in (
            ("3", INNER), ("3.HEADER", INNER[:41]), ("3.TEXT", INNER[41:]), ("3.1", INNER[41:]),
            ("3.HEADER.FIELDS (SUBJECT)", b"Subject: inner\r\n\r\n"), ("2.1", b"<p>=C3=A9"),
        ):  # fmt: skip
            line = (await raw.say(f"FETCH 1 BODY.PEEK[{section}]"))[0]
            assert line == b"* 1 FETCH (BODY[%b] {%d}\r\n%b)" % (section.encode(), len(text), text)
        assert (await raw.say("FETCH 1 BINARY.PEEK[2.1]"))[0].endswith("{5}\r\n<p>é)".encode())
        assert (await raw.say("FETCH 1 BINARY.PEEK[4]"))[0].endswith(b"~{3}\r\n\0\0\0)")
        assert (await raw.say("FETCH 1 BINARY.SIZE[4]"))[0] == b"* 1 FETCH (BINARY.SIZE[4] 3)"


async def test_an_encoding_that_nobody_knows() -> None:
    async with Lab() as lab:
        await lab.letters(b"Content-Transfer-Encoding: x-odd\r\n\r\nx\r\n")
        raw = await lab.ann("SELECT INBOX")
        assert (await raw.end("FETCH 1 BINARY[1]")).startswith(b"NO [UNKNOWN-CTE]")
        assert (await raw.end("FETCH 1 BODY[1]")).startswith(b"OK")


async def test_no_nul_in_a_literal() -> None:
    async with Lab() as lab:
        await lab.letters(b"Subject: x\r\n\r\na\0b\r\n")
        raw = await lab.ann("SELECT INBOX")
        assert (await raw.say("FETCH 1 BODY[TEXT]"))[0].startswith(b"* 1 FETCH (BODY[TEXT] {5}\r\na\x80b\r\n")


async def test_sets_of_messages() -> None:
    async with Lab() as lab:
        await lab.letters(*[LETTER] * 4)
        await lab.mail.mailbox("ann").expunge([2])
        raw = await lab.ann("SELECT INBOX")
        for asked, found in (("1:*", [1, 2, 3]), ("2", [2]), ("*", [3]), ("3:1", [1, 2, 3]), ("1,3", [1, 3])):
            lines = await raw.say(f"FETCH {asked} UID")
            assert [int(line.split()[1]) for line in lines[:-1]] == found
        for asked, uids in (("1:*", [1, 3, 4]), ("2", []), ("2:3", [3]), ("99:*", [4])):
            lines = await raw.say(f"UID FETCH {asked} FLAGS")
            assert [int(line.split()[4]) for line in lines[:-1]] == uids
            assert lines[-1].startswith(b"OK")
        assert await raw.kinds("FETCH 4 UID", "FETCH 0 UID", "FETCH 1:9 UID") == ["BAD"] * 3


async def test_what_has_gone_meanwhile() -> None:
    async with Lab() as lab:
        await lab.letters(LETTER, LETTER)
        raw = await lab.ann("SELECT INBOX")
        await lab.mail.mailbox("ann").expunge([1])
        lines = await raw.say("FETCH 1:2 BODY.PEEK[TEXT]")
        assert [line.split(b" ")[1] for line in lines[:-1]] == [b"2"], "numbers stay until it is told"
        assert lines[-1].startswith(b"NO [EXPUNGEISSUED]")
        assert (await raw.say("NOOP"))[0] == b"* 1 EXPUNGE"


async def test_nothing_is_parsed_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    from netloom.wire.imap import mime

    count: list[int] = []
    plain = mime.parse

    def counted(data: bytes) -> mime.Part:
        count.append(len(data))
        return plain(data)

    monkeypatch.setattr(mime, "parse", counted)
    async with Lab() as lab:
        await lab.letters(MIXED)
        for _ in range(2):
            raw = await lab.ann("SELECT INBOX")
            assert (
                await raw.kinds("FETCH 1 BODYSTRUCTURE", "FETCH 1 BODY[1]", "FETCH 1 BODY", "UID FETCH 1 BODY[2.1]")
                == ["OK"] * 4
            )
    assert len(count) == 1


async def test_headers_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []
    plain = MemoryMailbox.read

    async def counted(self: MemoryMailbox, uids: Sequence[int]) -> list[bytes | None]:
        read.extend(uids)
        return await plain(self, uids)

    monkeypatch.setattr(MemoryMailbox, "read", counted)
    async with Lab() as lab:
        await lab.letters(LETTER)
        raw = await lab.ann("SELECT INBOX")
        for asked in ("ENVELOPE", "BODY.PEEK[HEADER.FIELDS (SUBJECT)]", "RFC822.HEADER", "BODY.PEEK[HEADER]"):
            assert b"November" in b"".join(await raw.say(f"FETCH 1 {asked}"))
        assert read == [1]
        long = LETTER.replace(b"Subject", b"X-Long: " + b"y" * 20_000 + b"\r\nSubject")
        await lab.letters(long)
        await raw.say("NOOP")
        for _ in range(2):
            assert b"X-Long: yyy" in b"".join(await raw.say("FETCH 2 BODY.PEEK[HEADER]"))
        assert read == [1, 2, 2], "a long one isn't kept"


async def test_what_is_forgotten_meanwhile_is_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Others have their turn while an answer is sent: what was known when it began may not be any more."""
    async with Lab() as lab:
        await lab.letters(LETTER, MIXED)
        raw = await lab.ann("SELECT INBOX")
        right = await raw.say("FETCH 1:2 (ENVELOPE BODYSTRUCTURE BODY.PEEK[HEADER])")
        forgetful = Session.flush_some

        async def flush_some(self: Session) -> None:
            await forgetful(self)
            self.content.notes._known.clear()

        monkeypatch.setattr(Session, "flush_some", flush_some)
        assert (await raw.say("FETCH 1:2 (ENVELOPE BODYSTRUCTURE BODY.PEEK[HEADER])"))[:-1] == right[:-1]
