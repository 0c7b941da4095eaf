"""What an endpoint means."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.endpoint import Endpoint
from netloom.errors import NetloomError, UsageError
from netloom.protocols.imap.options import ImapOptions
from netloom.protocols.imap.places import Place, parse_search, path_of, place_of
from netloom.wire.imap.items import Section
from netloom.wire.imap.search import Key, Search


def place(url: str, **options: object) -> Place:
    endpoint = Endpoint.parse(f"imap://h{url}")
    return place_of(endpoint, endpoint.path, ImapOptions(**options))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("url", "meant"),
    [
        ("", Place()),
        ("/", Place()),
        ("/INBOX", Place(mailbox="INBOX")),
        ("/a/b/", Place(mailbox="a/b")),
        ("/%C3%A9t%C3%A9", Place(mailbox="été")),
        ("/a%3Bb", Place(mailbox="a;b")),
        ("/INBOX/;UID=7", Place(mailbox="INBOX", uid=7)),
        ("/INBOX;uid=7", Place(mailbox="INBOX", uid=7)),
        (
            "/INBOX;UIDVALIDITY=9/;UID=20/;SECTION=1.2",
            Place(mailbox="INBOX", validity=9, uid=20, section=Section((1, 2))),
        ),
        ("/x/;MAILINDEX=3/;SECTION=HEADER", Place(mailbox="x", index=3, section=Section((), "HEADER"))),
        ("/x/;UID=1/;PARTIAL=5.10", Place(mailbox="x", uid=1, partial=(5, 10))),
        ("/x/;UID=1/;PARTIAL=5", Place(mailbox="x", uid=1, partial=(5, 2**32 - 1))),
        ("/x?search=UNSEEN", Place(mailbox="x", search=Search(Key("UNSEEN")))),
        ("/x?SUBJECT%20y", Place(mailbox="x", search=Search(Key("SUBJECT", "y")))),
        ("/?FROM%20%22%C3%A9%22", Place(search=Search(Key("FROM", "é"), charset="UTF-8"))),
    ],
)
def test_of(url: str, meant: Place) -> None:
    assert place(url) == meant


def test_options_say_the_same() -> None:
    assert place("", mailbox="x", section="TEXT", search="SEEN") == Place(
        mailbox="x", section=Section((), "TEXT"), search=Search(Key("SEEN"))
    )
    assert place("/y", mailbox="x").mailbox == "y"


@pytest.mark.parametrize(
    "url",
    ["/x;NONSENSE=1", "/x;UID", "/x;UID=x", "/x;UID=99999999999", "/x;SECTION=HEADERS", "/x;PARTIAL=a", "/x?NONSENSE"],
)
def test_mistakes(url: str) -> None:
    with pytest.raises(NetloomError):
        place(url)


@pytest.mark.parametrize(
    "text", ["x", "SUBJECT", "FROM a b", "(SEEN", 'SUBJECT "a\r\nb"', "SEEN\r\nx LOGOUT", "\ud800"]
)
def test_no_searches(text: str) -> None:
    with pytest.raises(UsageError):
        parse_search(text)


@given(st.text(st.characters(codec="utf-8", min_codepoint=32), min_size=1).filter(lambda n: n == n.strip("/")))
def test_paths_lead_back(name: str) -> None:
    path = path_of(name, 7)
    assert place(path) == Place(mailbox=name, uid=7)
    assert quote(path, safe="/;=%&'()*+,!~:@$-._") == path
