"""A server's responses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import LocalProtocolError, RemoteProtocolError
from netloom.wire.imap import framing, responses
from netloom.wire.imap.items import Section
from netloom.wire.imap.responses import Condition, Fetched, FoundMore, Mailbox, Response
from netloom.wire.imap.sequence import Numbers
from tests.fuzzing import hammer
from tests.wire.imap.strategies import RESPONSES

LIMIT = 1 << 20


def parse(said: bytes, *, utf8: bool = False) -> Response:
    found = framing.parse_parts(said, LIMIT, spoken=True)
    assert found is not None
    assert found[1] == len(said)
    return responses.parse(found[0], utf8=utf8)


@given(RESPONSES, st.booleans())
def test_what_is_written_is_read(response: Response, utf8: bool) -> None:
    assert parse(responses.emit(response, utf8=utf8), utf8=utf8) == response


@pytest.mark.parametrize(
    ("said", "response"),
    [
        (
            b"* OK [CAPABILITY IMAP4rev1 IDLE] Dovecot ready.\r\n",
            Condition("*", "OK", "Dovecot ready.", "CAPABILITY", "IMAP4rev1 IDLE"),
        ),
        (b"* OK hello\r\n", Condition("*", "OK", "hello")),
        (b"a1 no\r\n", Condition("a1", "NO")),
        (b"a1 NO [ALERT]\r\n", Condition("a1", "NO", "", "ALERT")),
        (b'a1 NO [BADCHARSET ("]")] x\r\n', Condition("a1", "NO", "x", "BADCHARSET", '("]")')),
        (b"* OK [unclosed\r\n", Condition("*", "OK", "[unclosed")),
        (b"+\r\n", responses.Continue()),
        (b"+ go on\r\n", responses.Continue("go on")),
        (b'* LIST (\\HasNoChildren) "/" INBOX\r\n', Mailbox("INBOX", "/", ("\\HasNoChildren",))),
        (b'* LIST () NIL {3}\r\na"b\r\n', Mailbox('a"b')),
        (b'* LIST (\\Subscribed) "." x ("CHILDINFO" ("SUBSCRIBED"))\r\n', Mailbox("x", ".", ("\\Subscribed",))),
        ('* LIST () "/" été\r\n'.encode(), Mailbox("été", "/")),
        (b'* LIST () "/" not&mutf7\r\n', Mailbox("not&mutf7", "/")),
        (b"* STATUS x (MESSAGES 3 MAILBOXID (abc))\r\n", responses.MailboxStatus("x", {"MESSAGES": 3})),
        (b"* SEARCH\r\n", responses.Found(())),
        (b"* SEARCH 2 3 \r\n", responses.Found((2, 3))),
        (b"* SEARCH 2 (MODSEQ 917)\r\n", responses.Found((2,))),
        (
            b'* ESEARCH (TAG "a") UID COUNT 5 ALL 1:3,7\r\n',
            FoundMore("a", True, count=5, all=Numbers(((1, 3), (7, 7)))),
        ),
        (b"* 3 EXISTS\r\n", responses.Count("EXISTS", 3)),
        (b"* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n", responses.Capabilities(("IMAP4REV1", "AUTH=PLAIN"))),
        (
            b'* NAMESPACE (("" "/")) NIL (("Public/" "/" "X" ("y")))\r\n',
            responses.Namespaces((("", "/"),), (), (("Public/", "/"),)),
        ),
        (
            b'* 2 FETCH (FLAGS (\\Seen $x) UID 7 RFC822.SIZE 10 MODSEQ (5) X-THING "y")\r\n',
            Fetched(number=2, uid=7, flags=("\\Seen", "$x"), size=10),
        ),
        (
            b"* 2 FETCH (BODY[HEADER.FIELDS (FROM)]<0> {2}\r\nhi)\r\n",
            Fetched(number=2, texts={(Section((), "HEADER.FIELDS", ("FROM",)), 0): b"hi"}),
        ),
        (b"* 2 FETCH (RFC822 NIL)\r\n", Fetched(number=2, texts={(Section(), 0): None})),
        (b"* VANISHED (EARLIER) 41:43\r\n", responses.Unknown("VANISHED")),
        (b"* ID NIL\r\n", responses.Identity()),
        (b'* ID ("name" "Dovecot" "x" NIL)\r\n', responses.Identity((("name", "Dovecot"),))),
    ],
)
def test_as_servers_say_them(said: bytes, response: Response) -> None:
    assert parse(said) == response


ENVELOPE = (
    b'("Wed, 17 Jul 1996 02:23:25 -0700 (PDT)" "IMAP4rev2 WG mtg summary and minutes" '
    b'(("Terry Gray" NIL "gray" "cac.washington.edu")) (("Terry Gray" NIL "gray" "cac.washington.edu")) '
    b'(("Terry Gray" NIL "gray" "cac.washington.edu")) ((NIL NIL "imap" "cac.washington.edu")) '
    b'((NIL NIL "minutes" "CNRI.Reston.VA.US")("John Klensin" NIL "KLENSIN" '
    b'"MIT.EDU")) NIL NIL "<B27397-0100000@cac.washington.edu>")'
)  # RFC 9051 §7.5.2


def test_the_rfcs_own_envelope() -> None:
    found = parse(
        b"* 12 FETCH (ENVELOPE "
        + ENVELOPE
        + b' BODY ("TEXT" "PLAIN" ("CHARSET" "US-ASCII") NIL NIL "7BIT" 3028 92))\r\n'
    )
    assert isinstance(found, Fetched)
    envelope, body = found.envelope, found.body
    assert envelope is not None
    assert envelope.cc is not None
    assert [one.mailbox for one in envelope.cc] == [b"minutes", b"KLENSIN"]
    assert body is not None
    assert (body.size, body.lines, body.parameters) == (3028, 92, ((b"CHARSET", b"US-ASCII"),))


@pytest.mark.parametrize(
    "said",
    [
        b"", b"*", b"* ", b"x", b"a1 BYE x", b"a1 CAPABILITY", b"* 1 FETCH", b"* 1 FETCH (UID)", b"* 1 FETCH (UID x)",
        b"* 1 FETCH (FLAGS x)", b"* 1 FETCH (ENVELOPE (1 2))", b"* 1 FETCH (BODYSTRUCTURE ())",
        b"* 1 FETCH (BODYSTRUCTURE ((1)))", b'* 1 FETCH (INTERNALDATE "x")', b"* 1 FETCH (BODY[x] NIL)",
        b"* LIST x", b"* LIST () x", b"* STATUS x", b"* SEARCH x", b"* ESEARCH ALL x", b"* NAMESPACE x", b"* FLAGS x",
        b"* 1 FETCH (BODYSTRUCTURE " + b"(" * 100 + b")" * 100 + b")", b"* 99999999999 EXISTS", b"* 1 EXISTS x",
        b"* ID (1)",
    ],
)  # fmt: skip
def test_what_is_none(said: bytes) -> None:
    with pytest.raises(RemoteProtocolError) as refused:
        parse(said + b"\r\n")
    assert refused.value.rule


def test_what_a_server_never_says() -> None:
    for response in (
        responses.Continue("x\r\ny"), Condition("*", "OK", "x\ny"), Condition("*", "OK", code="x\r\ny"),
        Mailbox("x\r\ny"), Mailbox("x", "/", ("\\a b",)), responses.Flags(("x y",)), responses.Unknown("X"),
        responses.Capabilities(("X Y",)),
    ):  # fmt: skip
        with pytest.raises(LocalProtocolError):
            responses.emit(response)


@pytest.mark.fuzz
def test_hostile_bytes() -> None:
    def parse_any(said: bytes) -> object:
        found = framing.parse_parts(said, LIMIT, spoken=True)
        return found and responses.parse(found[0])

    hammer(
        parse_any,
        [
            b"* OK [CAPABILITY IMAP4rev1] hi\r\n",
            b"* 1 FETCH (ENVELOPE " + ENVELOPE + b")\r\n",
            b'* LIST (\\Noselect) "/" "a b"\r\n',
            b"* STATUS x (MESSAGES 1)\r\n",
            b'* ESEARCH (TAG "a") MIN 1 ALL 1:2\r\n',
            (
                b'* 1 FETCH (BODYSTRUCTURE (("text" "plain" NIL NIL NIL "7bit" 1 2 NIL NIL NIL '
                b'NIL) "mixed" ("boundary" "x") ("inline" NIL) ("en") NIL))\r\n'
            ),
            b"* 7 FETCH (BODY[1.2]<0> {3}\r\nabc FLAGS (\\Seen))\r\n",
            b'* NAMESPACE (("" "/")) NIL NIL\r\n',
        ],
    )
