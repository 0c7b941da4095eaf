"""BODYSTRUCTURE and BODY."""

from __future__ import annotations

import pytest

from netloom.errors import RemoteProtocolError
from netloom.wire.imap import bodystructure, mime
from netloom.wire.imap.tokens import Cursor
from tests.wire.imap.messages import INNER, MIXED


def test_what_is_told() -> None:
    told = bodystructure.emit(bodystructure.make(mime.parse(MIXED)))
    inner = (
        b'("message" "rfc822" NIL NIL NIL "7bit" 61 (NIL "inner" ((NIL NIL "eve" "example.org")) '
        b'((NIL NIL "eve" "example.org")) ((NIL NIL "eve" "example.org")) NIL NIL NIL NIL NIL) '
        b'("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 20 2 NIL NIL NIL NIL) 5 '
        b'NIL ("attachment" ("filename" "a;b.eml")) NIL NIL)'
    )
    assert told == (
        b'(("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 13 1 NIL NIL NIL NIL)'
        b'(("text" "html" ("charset" "utf-8") NIL NIL "Quoted-Printable" 9 0 NIL NIL NIL '
        b'NIL) "alternative" ("boundary" "b2") NIL NIL NIL)'
        + inner
        + b'("image" "png" NIL NIL NIL "base64" 4 NIL NIL NIL NIL) "mixed" ("boundary" "b 1") NIL NIL NIL)'
    )
    short = bodystructure.emit(bodystructure.make(mime.parse(INNER)), extended=False)
    assert short == b'("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 20 2)'


@pytest.mark.parametrize(
    "data",
    [
        b"", b"x", b"\r\n", b"\r\n\r\n", b"Subject: x", b"Subject: x\r\n", b": x\r\n\r\ny", b"Content-Type:\r\n\r\nx",
        b"Content-Type: ;;;===\r\n\r\nx", b"Content-Type: multipart/mixed\r\n\r\n--x\r\n\r\n",
        (b"Content-Type: multipart/mixed; boundary=x\r\n\r\n"
        b"no boundary"), b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x",
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n--x\r\n--x--",
        b"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\nAAAA",
        b"Content-Type: multipart/digest; boundary=x\r\n\r\n--x\r\n\r\nSubject: y\r\n\r\nz\r\n--x--",
    ],
)  # fmt: skip
def test_whatever_it_is_something_is_told(data: bytes) -> None:
    part = mime.parse(data)
    told = bodystructure.make(part)
    assert told.type
    said = bodystructure.emit(told)
    if b"\r\n" not in said:
        assert bodystructure.read(Cursor((said,)).value()) == told


@pytest.mark.parametrize(
    "value",
    [
        None, [], [b"x"], [1, 2], [b"text", b"plain", None, None, None, b"7bit"], [[b"text", b"plain"]],
        [b"text", b"plain", [b"odd"], None, None, b"7bit", 1, 2], [b"text", b"plain", None, 5, None, b"7bit", 1, 2],
        [b"text", b"plain", None, None, None, b"7bit", b"1", 2], [[b"a", b"b", None, None, None, None, 1]],
    ],
)  # fmt: skip
def test_what_is_no_body(value: object) -> None:
    with pytest.raises(RemoteProtocolError):
        bodystructure.read(value)
