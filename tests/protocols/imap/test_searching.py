"""SEARCH: each key, and how results are told."""

from __future__ import annotations

import pytest

from netloom.contents.mail import Mail
from tests.protocols.imap.lab import LETTER, Lab
from tests.wire.imap.messages import MIXED

CODED = (
    b"From: Ann <ann@example.org>\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nDate: Sat, 21 Nov 2026 01:00:00 +0300\r\n"
    b"Content-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    b"K=E4se und=\r\n Brot\r\n"
)
LETTERS = (LETTER, MIXED, CODED, b"no header at all")


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("ALL", [1, 2, 3, 4]),
        ("1:2", [1, 2]),
        ("UID 3:*", [3, 4]),
        ("NOT 1:3", [4]),
        ("2:9", [2, 3, 4]),
        ("SEEN", [2]),
        ("UNSEEN", [1, 3, 4]),
        ("KEYWORD work", [1]),
        ("KEYWORD WORK", [1]),
        ("UNKEYWORD work", [2, 3, 4]),
        ("DELETED", []),
        ("FLAGGED", [3]),
        ("UNFLAGGED 1:3", [1, 2]),
        ("UNDRAFT", [1, 2, 3, 4]),
        ("ANSWERED", []),
        ("FROM bob", [1]),
        ("FROM ann", [2, 3]),
        ("SUBJECT november", [1]),
        ('SUBJECT "folded subject"', [2]),
        ('SUBJECT ""', [1, 2, 3]),
        ("TO eve", [2]),
        ("CC x", []),
        ("BCC x", []),
        ("HEADER X-None x", []),
        ('HEADER Date ""', [1, 3]),
        ("HEADER From example.org", [1, 2, 3]),
        ("BODY hello", [1]),
        ("BODY inside", [2]),
        ("BODY first", [2]),
        ("BODY preamble", []),
        ("BODY AAAA", []),
        ("TEXT november", [1]),
        ("TEXT inner", [2]),
        ('BODY "und Brot"', [3]),
        ("ON 2-Jan-2026", [2]),
        ("BEFORE 2-Jan-2026", [1]),
        ("SINCE 3-Jan-2026", [3, 4]),
        ("SENTON 21-Nov-2026", [3]),
        ("SENTBEFORE 21-Nov-2026", [1]),
        ("SENTSINCE 20-Nov-2026", [1, 3]),
        ("LARGER 300", [2]),
        ("SMALLER 50", [4]),
        ("OLDER 1", [1, 2, 3, 4]),
        ("YOUNGER 1", []),
        ("OR FROM bob SEEN", [1, 2]),
        ("OR (SEEN 2) (UNSEEN BODY hello)", [1, 2]),
        ("NOT FROM ann UNSEEN", [1, 4]),
        ("NOT (OR BODY hello SEEN)", [3, 4]),
        ("RECENT", [1, 2, 3, 4]),
        ("NEW", [1, 3, 4]),
        ("OLD", []),
        ("CHARSET UTF-8 ALL", [1, 2, 3, 4]),
    ],
)
@pytest.mark.parametrize("kind", ["memory", "maildir"])
async def test_keys(asked: str, found: list[int], kind: str, tmp_path: object) -> None:
    async with Lab(mail=Mail(str(tmp_path)) if kind == "maildir" else None) as lab:
        await lab.letters(*LETTERS)
        box = lab.mail.mailbox("ann")
        await box.flag(1, ["work"])
        await box.flag(3, ["\\Flagged"])
        await box.flag(2, ["\\Seen"])
        raw = await lab.ann("EXAMINE INBOX")
        lines = await raw.say(f"SEARCH {asked}")
        if kind == "memory" or asked not in ("RECENT", "NEW", "OLD"):  # a Maildir takes what has flags for seen before
            assert lines[0].split()[2:] == [b"%d" % number for number in found]


async def test_words_beyond_ascii() -> None:
    async with Lab() as lab:
        await lab.letters(*LETTERS)
        raw = await lab.ann("SELECT INBOX")
        for text in ("grüße", "GRÜSSE"):
            said = b"SEARCH CHARSET UTF-8 SUBJECT {%d+}\r\n%b" % (len(text.encode()), text.encode())
            assert (await raw.say(said))[0] == b"* SEARCH 3"
        said = b"SEARCH CHARSET UTF-8 BODY {5+}\r\n" + "käse".encode()
        assert (await raw.say(said))[0] == b"* SEARCH 3"
        assert (await raw.end("SEARCH CHARSET KOI8-R SUBJECT x")).startswith(b"NO [BADCHARSET (UTF-8 US-ASCII)]")


async def test_what_is_told() -> None:
    async with Lab() as lab:
        await lab.letters(*[LETTER] * 6)
        await lab.mail.mailbox("ann").expunge([2])
        raw = await lab.ann("SELECT INBOX")
        tag = b'(TAG "a%d")'
        assert (await raw.say("UID SEARCH ALL"))[0] == b"* SEARCH 1 3 4 5 6"
        assert (await raw.say("UID SEARCH RETURN () ALL"))[0] == b"* ESEARCH " + tag % 4 + b" UID ALL 1,3:6"
        assert (await raw.say("SEARCH RETURN (MIN MAX COUNT) ALL"))[
            0
        ] == b"* ESEARCH " + tag % 5 + b" MIN 1 MAX 5 COUNT 5"
        assert (await raw.say("SEARCH RETURN (MIN COUNT) SEEN"))[0] == b"* ESEARCH " + tag % 6 + b" COUNT 0"
        assert len(await raw.say("UID SEARCH RETURN (SAVE) 2:3")) == 1
        assert [line.split()[1] for line in (await raw.say("FETCH $ UID"))[:-1]] == [b"2", b"3"]
        assert (await raw.say("SEARCH $ UID 4"))[0] == b"* SEARCH 3"
        assert len(await raw.say("SEARCH RETURN (SAVE MAX) ALL")) == 2
        assert (await raw.say("UID SEARCH $"))[0] == b"* SEARCH 6"
        await lab.mail.mailbox("ann").expunge([6])
        assert await raw.kinds("NOOP") == ["OK"]
        assert (await raw.say("SEARCH $"))[0] == b"* SEARCH", "what has gone isn't in it any more"
        assert await raw.kinds("ENABLE IMAP4rev2") == ["OK"]
        assert (await raw.say("SEARCH 1:2"))[0].endswith(b" ALL 1:2")
