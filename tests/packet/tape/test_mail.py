"""Mails, replayed: what may differ, and what may not."""

from __future__ import annotations

from netloom.packet.tape.mail import mail_gist

MAIL = (
    b"Date: Mon, 1 Jan 2024 00:00:00 +0000\r\nMessage-ID:\r\n <1@here>\r\nSubject: warp\r\n"
    b'Content-Type: multipart/mixed; boundary="=-1="\r\n\r\n--=-1=\r\n\r\nDate: of the body\r\n--=-1=--\r\n'
)


def test_what_may_differ() -> None:
    later = MAIL.replace(b"Mon, 1 Jan", b"Tue, 2 Jan").replace(b"<1@here>", b"<2@there>").replace(b"=-1=", b"=-77=")
    assert mail_gist(later) == mail_gist(MAIL)
    assert mail_gist(MAIL.replace(b"Subject", b"User-Agent: loom/2\r\nSubject")) == mail_gist(MAIL)


def test_what_may_not() -> None:
    for one, other in ((b"warp", b"weft"), (b"of the body", b"of another"), (b"mixed", b"related")):
        assert mail_gist(MAIL.replace(one, other)) != mail_gist(MAIL)
    assert mail_gist(b"no mail at all") == "no mail at all\r\n"
