"""Messages with parts in parts."""

from __future__ import annotations

INNER = b"From: eve@example.org\r\nSubject: inner\r\n\r\ninside\r\nthe letter\r\n"
MIXED = (
    b"From: Ann <ann@example.org>\r\nTo: bob@example.org, \"Eve, E.\" <eve@example.org>\r\n"
    b"Subject: folded\r\n subject\r\n"
    b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"b 1\"\r\n\r\npreamble\r\n"
    b"--b 1\r\n\r\nfirst\r\nsecond\r\n"
    b"--b 1  \r\nContent-Type: multipart/alternative; boundary=b2\r\n\r\n"
    b"--b2\r\nContent-Type: text/html; charset=utf-8\r\n"
    b"Content-Transfer-Encoding: Quoted-Printable\r\n\r\n<p>=C3=A9\r\n--b2--\r\n"
    b"\r\n--b 1\r\nContent-Type: message/rfc822\r\n"
    b"Content-Disposition: attachment; filename=\"a;b.eml\"\r\n\r\n" + INNER +
    b"\r\n--b 1\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\nAAAA\r\n--b 1--\r\nepilogue\r\n"
)  # fmt: skip
