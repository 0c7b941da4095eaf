"""What can be searched for."""

from __future__ import annotations

import pytest
from hypothesis import given

from netloom.errors import RemoteProtocolError
from netloom.wire.imap import search
from netloom.wire.imap.search import Key
from netloom.wire.imap.sequence import Numbers
from netloom.wire.imap.tokens import Cursor, Writer
from tests.wire.imap.strategies import SEARCHES
from tests.wire.imap.test_commands import parse


@pytest.mark.parametrize(
    ("said", "key"),
    [
        (b"ALL", Key("ALL")),
        (b"UNSEEN FROM ann", Key("AND", keys=(Key("UNSEEN"), Key("FROM", "ann")))),
        (b"(UNSEEN)", Key("UNSEEN")),
        (
            b"OR SEEN (2:4 UID 7)",
            Key(
                "OR",
                keys=(
                    Key("SEEN"),
                    Key(
                        "AND",
                        keys=(Key("SEQUENCE", numbers=Numbers(((2, 4),))), Key("UID", numbers=Numbers(((7, 7),)))),
                    ),
                ),
            ),
        ),
        (b"NOT NOT SEEN", Key("NOT", keys=(Key("NOT", keys=(Key("SEEN"),)),))),
        (b"CHARSET utf-8 SUBJECT {5}\r\n\xc3\xa9t\xc3\xa9", Key("SUBJECT", "été")),
        (b"CHARSET utf-8 SUBJECT \xc3\xa9t\xc3\xa9", Key("SUBJECT", "été")),  # as imaplib says it
        (b'HEADER X-Y ""', Key("HEADER", "", "X-Y")),
        (b"RETURN (min) $", Key("SEQUENCE", numbers=Numbers(saved=True))),
    ],
)
def test_search_keys(said: bytes, key: Key) -> None:
    arguments = parse(b"a SEARCH " + said + b"\r\n").arguments
    assert isinstance(arguments, search.Search)
    assert arguments.key == key


@given(SEARCHES)
def test_there_and_back(wanted: search.Search) -> None:
    out = Writer()
    search.write(wanted, out)
    # A literal is announced where it stands: the text before it ends in its mark
    parts = [
        part + b"{%d}" % len(out.parts[n + 1]) if n % 2 == 0 and n + 1 < len(out.parts) else part
        for n, part in enumerate(out.parts)
    ]
    assert search.read(Cursor(tuple(parts))) == wanted


def test_a_name_that_is_none_is_told() -> None:
    with pytest.raises(RemoteProtocolError, match="NONSENSE is no search key"):
        search.read(Cursor((b"NONSENSE",)))
