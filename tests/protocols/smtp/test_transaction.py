"""A mail under way: its size, its trace, and what mailboxes say to it."""

from __future__ import annotations

import pytest

from netloom.contents import Forbidden, NotFound
from netloom.contents.mail import Envelope, Limits, Mail, Received
from netloom.protocols.smtp.transaction import ROOM, Transaction, deliver, trace
from netloom.wire.smtp.addresses import Mailbox


def begun(*recipients: str, sender: Mailbox | None = None, limit: int = 1000) -> Transaction:
    mail = Transaction(sender, False, limit)
    mail.recipients += [Mailbox(*recipient.split("@")) for recipient in recipients]
    return mail


def test_nothing_is_kept_of_what_is_too_large() -> None:
    mail = begun(limit=10)
    for piece in (b"12345", b"67890", b"x", b"y" * 100):
        mail.take(piece)
    assert (mail.size, mail.oversize, mail.content()) == (111, True, b"")


def test_in_words() -> None:
    assert begun("a@x").describe() == "<> → a@x"
    assert (
        begun("a@x", "b@x", "c@x", "d@x", "e@x", sender=Mailbox("s", "x")).describe()
        == "s@x → a@x, b@x, c@x and 2 more"
    )


@pytest.mark.parametrize(
    ("peer", "place"),
    [("192.0.2.1:25", "([192.0.2.1])"), ("[2001:db8::1]:25", "([IPv6:2001:db8::1])"), ("", "(local)")],
)
def test_trace(peer: str, place: str) -> None:
    head = trace(begun("a@x", sender=Mailbox("s p", "x")), "there", peer, "by mx with ESMTP id 1").decode()
    assert head.startswith(
        f'Return-Path: <"s p"@x>\r\nReceived: from there {place}\r\n\tby mx with ESMTP id 1\r\n\tfor <a@x>;\r\n\t'
    )
    assert head.endswith("+0000\r\n")


def test_trace_fits_its_room() -> None:
    longest = Mailbox("ä" * 60, "x" * 130)
    mail = begun(sender=longest)
    mail.recipients.append(longest)
    head = trace(
        mail,
        "h" * 255,
        "[2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff]:65535",
        f"by {'n' * 255} with UTF8SMTPSA id {'1' * 12}",
    )
    assert len(head) <= ROOM


async def test_delivered() -> None:
    content, mail = Mail(), begun("ann@x")
    mail.take(b"text\r\n")
    reply = await deliver(mail, content, b"Trace: 1\r\n", "7")
    assert (reply.code, reply.text) == (250, "2.0.0 delivered as 7")
    assert content.received[0].data == b"Trace: 1\r\ntext\r\n"


async def test_bare_line_ends_in_chunks() -> None:
    mail = begun("ann@x")
    mail.take(b"a\nb\r\n")
    mail.chunks = 1
    assert (await deliver(mail, Mail(), b"", "7")).code == 554


class Refusing(Mail):
    """A mailbox that says no."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error

    async def deliver(self, envelope: Envelope) -> Received:
        raise self.error


@pytest.mark.parametrize(("error", "code"), [(Forbidden("no"), 550), (NotFound("gone"), 451)])
async def test_refused(error: Exception, code: int) -> None:
    assert (await deliver(begun("ann@x"), Refusing(error), b"", "7")).code == code


async def test_no_room() -> None:
    mail = begun("ann@x")
    mail.take(b"x" * 100)
    assert (await deliver(mail, Mail(limits=Limits(total=50)), b"", "7")).code == 452
