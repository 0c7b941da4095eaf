"""What is to be sent becomes a letter: an envelope and a message with CRLF lines (RFC 5322, RFC 2045, RFC 6532)."""

from __future__ import annotations

import mimetypes
import re
from datetime import UTC, datetime
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.parser import HeaderParser
from email.utils import format_datetime, getaddresses, make_msgid
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from netloom.errors import LocalProtocolError, UsageError
from netloom.links.resolve import ascii_name
from netloom.wire.smtp import data
from netloom.wire.smtp.addresses import Mailbox, parse_mailbox

if TYPE_CHECKING:
    from collections.abc import Iterable
    from email.message import Message as Headers

    from netloom.protocols.smtp.client import SmtpOptions
    from netloom.records import Message

_FIELD = re.compile(rb"[!-9;-~]+[ \t]*:|[ \t]")
_NAME = re.compile(r"[!-9;-~]+")
_TELLING = (b"from", b"subject", b"date", b"message-id", b"received", b"mime-version", b"return-path")
_BCC = re.compile(rb"^bcc[ \t]*:.*\r\n(?:[ \t].*\r\n)*", re.IGNORECASE | re.MULTILINE)
_PERSON = re.compile(
    r'\s*(?:(?P<name>"(?:[^"\\]|\\.)*"|[^"<>,@]*?)\s*<(?P<angle>[^<>]*)>|(?P<plain>(?:"(?:[^"\\]|\\.)*"|[^\s"<>,])+))\s*(?:,|$)'
)
_CONTROL = re.compile(r"[\r\n\0]")
_FORM = ("content-type", "content-transfer-encoding", "content-disposition", "mime-version")
_PEOPLE = ("from", "to", "cc", "bcc")


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """What goes over the wire. `sender` None is the null path; `content` has CRLF lines."""

    sender: Mailbox | None
    recipients: tuple[Mailbox, ...]
    content: bytes
    message_id: str

    @property
    def needs_utf8(self) -> bool:
        """Whether the envelope or the header isn't ASCII, so that only a server with SMTPUTF8 takes it (RFC 6531)."""
        people = (*self.recipients, *((self.sender,) if self.sender else ()))
        return any(mailbox.needs_utf8 for mailbox in people) or not _head(self.content).isascii()

    @property
    def needs_8bit(self) -> bool:
        """Whether only a server with 8BITMIME takes it (RFC 6152)."""
        return not self.content.isascii()


def compose(message: Message, path: str, options: SmtpOptions) -> Letter:
    """A letter from a text or a whole message. Recipients are the message's topic, the endpoint's path and the options,
    or else those in the message's own header. Reads the files to attach.

    Raises UsageError where something is missing or contradicts, LocalProtocolError for CR, LF or NUL in an argument.
    """
    for text in (message.topic, message.sender, path, options.sender, options.subject):
        _checked(text)
    if is_message(message.payload) if options.payload == "auto" else options.payload == "message":
        return _whole(message, path, options)
    return _made(message, path, options)


def is_message(payload: bytes) -> bool:
    """Whether bytes are a whole message: fields up to an empty line, one of which no mere text begins with."""
    head, separator, _ = payload.partition(b"\n\n" if b"\r\n\r\n" not in payload else b"\r\n\r\n")
    lines = head.splitlines()
    if not separator or not lines or lines[0][:1] in b" \t" or not all(_FIELD.match(line) for line in lines):
        return False
    return any(line.partition(b":")[0].strip().lower() in _TELLING for line in lines)


# A whole message: its bytes stay as they are, but for line ends and blind copies


def _whole(message: Message, path: str, options: SmtpOptions) -> Letter:
    for name in ("subject", "attach", "header", "html"):
        if getattr(options, name):
            raise UsageError(f"option {name}: the message is whole already", hint="payload=text sends it as a text")
    if message.properties:
        raise UsageError("a whole message has its own header: properties can't be added to it")
    content = data.to_crlf(message.payload)
    head, body = _head(content), content[len(_head(content)) :]
    header = HeaderParser().parsestr(head.decode("utf-8", "replace"))
    named = [message.topic, path, *options.to, *options.cc, *options.bcc]
    people = _people(named) or _people(_named(header, ("to", "cc", "bcc")))
    sender = _people([message.sender or options.sender]) or _people(_named(header, ("sender",)))
    sender = sender or _people(_named(header, ("from",)))
    return Letter(
        sender=sender[0][1] if sender else _default_sender(options),
        recipients=_recipients(people),
        content=_BCC.sub(b"", head) + body,
        message_id=str(header.get("message-id", "")).strip(),
    )


def _named(header: Headers, names: Iterable[str]) -> list[str]:
    """The addresses in a header's fields, which may have groups, comments and folds (RFC 5322 §3.4)."""
    values = [" ".join(str(value).split()) for name in names for value in header.get_all(name, [])]
    return [address for _, address in getaddresses(values) if address]


def _head(content: bytes) -> bytes:
    """The header with its empty line."""
    end = content.find(b"\r\n\r\n")
    return content if end < 0 else content[: end + 4]


# A message that is made here


def _made(message: Message, path: str, options: SmtpOptions) -> Letter:
    given = {name.lower(): value for name, value in message.properties.items()}
    to = _people([message.topic, path, *options.to, given.get("to", "")])
    cc = _people([*options.cc, given.get("cc", "")])
    bcc = _people([*options.bcc, given.get("bcc", "")])
    author = _people([message.sender or options.sender or given.get("from", "")])
    sender = author or [("", _default_sender(options))]
    everybody = [*sender, *to, *cc, *bcc]
    wide = any(mailbox.needs_utf8 for _, mailbox in everybody)
    made = EmailMessage(policy=(policy.SMTPUTF8 if wide else policy.SMTP).clone(cte_type="7bit"))
    made["From"] = _addresses(sender)
    if to:
        made["To"] = _addresses(to)
    if cc:
        made["Cc"] = _addresses(cc)
    fields = [_field(line) for line in options.header]
    fields += [(name, value) for name, value in message.properties.items() if name.lower() not in _PEOPLE]
    if options.subject:
        fields.append(("Subject", options.subject))
    _add_fields(made, fields)
    if "Date" not in made:
        made["Date"] = format_datetime(datetime.now(UTC))
    if "Message-ID" not in made:
        made["Message-ID"] = make_msgid(domain=sender[0][1].domain.strip("[]").replace(":", ".") or "localhost")
    _set_body(made, message.payload, options)
    return Letter(
        sender=sender[0][1],
        recipients=_recipients([*to, *cc, *bcc]),
        content=made.as_bytes(),
        message_id=str(made["Message-ID"]),
    )


def _add_fields(made: EmailMessage, fields: Iterable[tuple[str, str]]) -> None:
    for name, value in fields:
        if not _NAME.fullmatch(name):
            raise LocalProtocolError(f"{name!r} is no header's name", rule="RFC 5322 §2.2")
        if name.lower() in _FORM:
            raise UsageError(f"the header {name} follows from what is sent", hint="send a whole message to write it")
        try:
            made[name] = _checked(value)
        except ValueError as exc:
            raise UsageError(f"header {name}: {exc}") from None


def _field(line: str) -> tuple[str, str]:
    name, colon, value = line.partition(":")
    if not colon:
        raise UsageError(f"header={line!r}: NAME: VALUE is expected")
    return name.strip(" \t"), value.strip(" \t")


def _set_body(made: EmailMessage, payload: bytes, options: SmtpOptions) -> None:
    try:
        text = payload.decode()
    except UnicodeDecodeError:
        made.set_content(payload, maintype="application", subtype="octet-stream")
    else:
        # NUL has no place in a text that isn't encoded (RFC 5322 §2.3)
        encoding = "base64" if "\0" in text else None
        made.set_content(text, subtype="html" if options.html else "plain", cte=encoding)
    for name in options.attach:
        place = Path(_checked(name))
        try:
            content = place.read_bytes()
        except OSError as exc:
            raise UsageError(f"attach={name} can't be read: {exc.strerror}") from exc
        kind, packed = mimetypes.guess_type(place.name)
        maintype, _, subtype = (kind or "").partition("/")
        if (
            not subtype or packed or maintype in ("message", "multipart")
        ):  # the last two mustn't be base64 (RFC 2046 §5.2.1)
            maintype, subtype = "application", "octet-stream"
        made.add_attachment(content, maintype=maintype, subtype=subtype, filename=place.name)


# People


def _people(texts: Iterable[str]) -> list[tuple[str, Mailbox]]:
    """Names and mailboxes from texts such as `ann@example.org` and `Ann <ann@example.org>, bob@example.org`."""
    found = []
    for text in texts:
        at = 0
        while at < len(text):
            person = _PERSON.match(_checked(text), at)
            if person is None:
                raise LocalProtocolError(
                    f"{text!r} is no address", rule="RFC 5322 §3.4", offset=at, hint="ann@example.org"
                )
            name = person["name"] or ""
            if name.startswith('"'):
                name = re.sub(r"\\(.)", r"\1", name[1:-1])
            mailbox = parse_mailbox(person["plain"] if person["angle"] is None else person["angle"])
            found.append((name, _sendable(mailbox)))
            at = person.end()
    return found


def _sendable(mailbox: Mailbox) -> Mailbox:
    """With a domain of A-labels where the local part allows it: that needs no SMTPUTF8 (RFC 6531 §3.2)."""
    if mailbox.local.isascii() and not mailbox.domain.isascii():
        return Mailbox(mailbox.local, ascii_name(mailbox.domain))
    return mailbox


def _recipients(people: Iterable[tuple[str, Mailbox]]) -> tuple[Mailbox, ...]:
    found = tuple(dict.fromkeys(mailbox for _, mailbox in people))
    if not found:
        raise UsageError("whom to send it to?", hint="smtp://HOST/ann@example.org, or -O to=ann@example.org")
    return found


def _addresses(people: Iterable[tuple[str, Mailbox]]) -> list[Address]:
    return [Address(name, mailbox.local, mailbox.domain) for name, mailbox in people]


def _default_sender(options: SmtpOptions) -> Mailbox:
    """Who sends where nobody says so: us, at the name that we call ourselves."""
    return parse_mailbox(f"netloom@{options.name or 'localhost'}")


def _checked(text: str) -> str:
    bad = _CONTROL.search(text)
    if bad:
        raise LocalProtocolError(f"CR, LF or NUL in {text[:40]!r}", rule="RFC 5322 §2.2", offset=bad.start())
    return text
