"""Sections of messages, and their decoded forms."""

from __future__ import annotations

import base64
import quopri

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.contents.mail import Mail
from netloom.protocols.imap import texts
from netloom.protocols.imap.texts import Text, UnknownEncoding
from netloom.wire.imap.items import Section

HEADER = b"A: 1\r\nB: 2\r\n folded\r\na : 3\r\nno field\r\nC: 4\r\n\r\n"


@pytest.mark.parametrize(
    ("what", "fields", "found"),
    [
        ("HEADER", (), HEADER),
        ("HEADER.FIELDS", ("b",), b"B: 2\r\n folded\r\n\r\n"),
        ("HEADER.FIELDS", ("A",), b"A: 1\r\na : 3\r\n\r\n"),
        ("HEADER.FIELDS", ("x",), b"\r\n"),
        ("HEADER.FIELDS.NOT", ("a", "b"), b"no field\r\nC: 4\r\n\r\n"),
        ("TEXT", (), b"body"),
        ("", (), HEADER + b"body"),
    ],
)
async def test_sections(what: str, fields: tuple[str, ...], found: bytes) -> None:
    mailbox = Mail().mailbox("ann")
    await mailbox.append(HEADER + b"body")
    text = Text(mailbox, mailbox.index.messages[1], await mailbox.fetch(1))
    assert text.section(Section((), what, fields)) == found


async def test_without_an_empty_line_none_is_made_up() -> None:
    mailbox = Mail().mailbox("ann")
    await mailbox.append(b"A: 1\r\nB: 2\r\n")
    text = Text(mailbox, mailbox.index.messages[1], b"A: 1\r\nB: 2\r\n")
    assert text.section(Section((), "HEADER.FIELDS", ("A",))) == b"A: 1\r\n"
    assert text.section(Section((), "TEXT")) == b""


@given(st.binary(max_size=100), st.integers(1, 80))
def test_decoded(data: bytes, width: int) -> None:
    coded = base64.b64encode(data)
    lines = b"\r\n".join(coded[at : at + width] for at in range(0, len(coded), width))
    assert texts.decoded(lines, b"base64") == data
    assert texts.decoded(quopri.encodestring(data.replace(b"\r", b"")), b"quoted-printable") == data.replace(b"\r", b"")
    assert texts.decoded(data, b"8bit") == data
    with pytest.raises(UnknownEncoding):
        texts.decoded(data, b"uuencode")


@given(st.binary(max_size=100))
def test_whatever_can_be_read_of_base64(data: bytes) -> None:
    texts.from_base64(data)


async def test_what_is_kept_is_bounded() -> None:
    mail = Mail()
    mailbox = mail.mailbox("ann")
    large = b"Content-Type: multipart/mixed; boundary=x\r\n\r\n" + b"--x\r\nA: b\r\n\r\n" * 900
    for _ in range(60):
        await mailbox.append(large)
    for uid, info in list(mailbox.index.messages.items()):
        assert Text(mailbox, info, await mailbox.fetch(uid)).part.parts
    assert len(mail.notes._known) < 60
    assert mail.notes._room >= 0
