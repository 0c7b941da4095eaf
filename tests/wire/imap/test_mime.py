"""Where a message's parts are."""

from __future__ import annotations

import email
import email.policy
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.wire.imap import bodystructure, envelope, mime
from tests.wire.imap.messages import INNER, MIXED


def text(data: bytes, number: tuple[int, ...]) -> bytes | None:
    part = mime.parse(data).find(number)
    return None if part is None else data[part.body : part.end]


@pytest.mark.parametrize(
    ("number", "found"),
    [
        ((1,), b"first\r\nsecond"),
        ((2, 1), b"<p>=C3=A9"),
        ((3,), INNER),
        ((3, 1), b"inside\r\nthe letter\r\n"),
        ((4,), b"AAAA"),
        ((5,), None),
        ((1, 1), None),
        ((2, 2), None),
        ((3, 2), None),
        ((3, 1, 1), None),
    ],
)
def test_parts_by_number(number: tuple[int, ...], found: bytes | None) -> None:
    assert text(MIXED, number) == found


def test_a_message_without_parts_is_its_part_1() -> None:
    assert text(INNER, (1,)) == b"inside\r\nthe letter\r\n"
    assert text(INNER, (2,)) is None
    wrapped = b"Content-Type: message/rfc822\r\n\r\n" + INNER
    assert text(wrapped, (1,)) == INNER
    assert text(wrapped, (1, 1)) == b"inside\r\nthe letter\r\n"


def test_depth_and_number_are_bounded() -> None:
    deep = b"".join(b"Content-Type: multipart/mixed; boundary=%d.\r\n\r\n--%d.\r\n" % (at, at) for at in range(500))
    told = bodystructure.make(mime.parse(deep))
    depth = 0
    while told.parts:
        told, depth = told.parts[0], depth + 1
    assert depth == mime.DEPTH_LIMIT
    assert told.type == b"application"
    wide = b"Content-Type: multipart/mixed; boundary=x\r\n\r\n" + b"--x\r\n\r\n" * 50_000
    assert len(mime.parse(wide).parts) <= mime.PARTS_LIMIT
    nested = b"Content-Type: message/rfc822\r\n\r\n" * 500
    assert mime.parse(nested).message is not None


@given(st.binary(max_size=300))
def test_any_bytes(data: bytes) -> None:
    for said in (data, b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n" + data + b"\r\n--x--"):
        bodystructure.emit(bodystructure.make(mime.parse(said)))
        envelope.emit(envelope.make(mime.parse(said).fields))


@given(
    st.lists(st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1), min_size=1, max_size=4)
)
def test_as_the_standard_library_splits_it(texts: list[str]) -> None:
    message = EmailMessage(policy=email.policy.SMTP)
    message["Subject"] = "x"
    message.set_content("first")
    for one in texts:
        message.add_attachment(one.encode(), maintype="application", subtype="x", filename="é.bin")
    data = bytes(message)
    part = mime.parse(data)
    theirs = list(email.message_from_bytes(data, policy=email.policy.SMTP).iter_parts())
    assert len(part.parts) == len(theirs)
    for mine, other in zip(part.parts, theirs, strict=True):
        assert data[mine.body : mine.end] == other.get_payload().replace("\n", "\r\n").replace("\r\r", "\r").encode()  # type: ignore[union-attr]
        assert (mine.type + b"/" + mine.subtype).decode() == other.get_content_type()
