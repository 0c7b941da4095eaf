"""IMAP."""

from __future__ import annotations

from netloom.wire.imap import addresses, bodystructure, commands, envelope, framing, mime, mutf7, responses
from tests.security.parsers.parser import Parser

_LIMIT = 1 << 20


def _command(said: bytes) -> object:
    found = framing.parse_parts(said, _LIMIT)
    return found and commands.parse(found[0])


def _response(said: bytes) -> object:
    found = framing.parse_parts(said, _LIMIT, spoken=True)
    return found and responses.parse(found[0])


def _message(said: bytes) -> object:
    """Whatever the bytes, they are some message; only what is said of it as a client would read it is refused."""
    part = mime.parse(said)
    told = bodystructure.emit(bodystructure.make(part)) + envelope.emit(envelope.make(part.fields))
    assert addresses.parse(said) is not None
    framing.parse_line(said + b"\r\n")
    return told


PARSERS = {
    "imap commands": Parser(
        _command,
        [
            b'a LOGIN {3+}\r\nann "secret"\r\n',
            b"a UID FETCH 1:*,7 (FLAGS BODY.PEEK[1.2.HEADER.FIELDS (To)]<0.9>)\r\n",
            b"a SEARCH RETURN (ALL SAVE) CHARSET UTF-8 OR NOT SEEN (SINCE 1-Feb-2026 FROM x)\r\n",
            b'a LIST (SUBSCRIBED) "" ("*" x) RETURN (STATUS (MESSAGES))\r\n', b"a STORE $ +FLAGS.SILENT (\\Seen x)\r\n",
            b'a APPEND &AOk- (\\Seen) "17-Jul-2026 02:44:25 -0700" {2}\r\nhi UTF8 (~{1}\r\n\0)\r\n',
            b'a ID ("name" "x" "os" NIL)\r\n', b"a AUTHENTICATE PLAIN AGEAYg==\r\n", b"a ENABLE IMAP4rev2\r\n",
        ],
    ),
    "imap responses": Parser(
        _response,
        [
            b"* OK [CAPABILITY IMAP4rev1] hi {5}\r\n", b"+ eA==\r\n", b'* LIST (\\Noselect) "/" "a b"\r\n',
            b'* 1 FETCH (ENVELOPE ("d" "s" (("n" NIL "m" "h")) NIL NIL NIL NIL NIL NIL "<1@x>") UID 7)\r\n',
            (
                b'* 1 FETCH (BODYSTRUCTURE (('
                b'"text" "plain" NIL NIL NIL "7bit" 1 2)("message" "rfc822" NIL NIL NIL "7bit" 3 '
                b'(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL) ("image" "png" NIL NIL NIL "base64" 4) 5) '
                b'"mixed" ("b" "x")))\r\n'
            ),
            b"* 7 FETCH (BODY[1.2]<0> {3}\r\nabc FLAGS (\\Seen) INTERNALDATE \"17-Jul-1996 02:44:25 -0700\")\r\n",
            b'* ESEARCH (TAG "a") UID MIN 1 ALL 1:2,9\r\n', b'* NAMESPACE (("" "/")) NIL (("x" NIL))\r\n',
            b"* STATUS x (MESSAGES 1 UIDNEXT 2)\r\n", b'* ID ("name" "x")\r\n', b"* SEARCH 1 2\r\n",
            b"a1 NO [ALERT] x\r\n",
        ],
    ),
    "imap messages": Parser(
        _message,
        [
            (
                b'From: Ann <a@b> (c), d: e@f;\r\nContent-Type: multipart/mixed; boundary="x"\r\n\r\n'
                b'--x\r\n\r\na\r\n--x--\r\n'
            ),
            (
                b'Content-Type: message/rfc822\r\nContent-Disposition: inline; filename*0="a\\"b"\r\n\r\n'
                b'Subject: x\r\n\r\ny'
            ),
        ],
    ),
    "imap names": Parser(mutf7.decode, [b"INBOX/&U,BTFw-/&ZeVnLIqe-", b"a&-b"]),
}  # fmt: skip
SAID = {
    "imap": [
        b"* OK [CAPABILITY IMAP4rev1] hi\r\n* 1 FETCH (BODY[] {3}\r\nabc)\r\na OK x\r\n",
        b"a LOGIN {3}\r\nann secret\r\nb AUTHENTICATE PLAIN\r\nAGEAYg==\r\nc IDLE\r\nDONE\r\n",
    ]
}
