"""Mailboxes and paths: quoting, literals, source routes, xtext."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import LocalProtocolError, RemoteProtocolError
from netloom.wire.smtp import addresses
from netloom.wire.smtp.addresses import Mailbox
from tests.fuzzing import hammer

# All that a quoted string may hold: printable ASCII, and beyond it everything
locals_ = st.text(st.characters(min_codepoint=32, exclude_categories=["Cs"], exclude_characters="\x7f"), min_size=1)
domains = st.one_of(
    st.from_regex(r"([a-z][a-z0-9]{0,8}\.){1,3}[a-z]{2,8}", fullmatch=True),
    st.ip_addresses(v=4).map("[{}]".format),
    st.ip_addresses(v=6).map("[IPv6:{}]".format),
    st.just("bücher.example"),
)
mailboxes = st.builds(Mailbox, locals_, domains).filter(
    lambda mailbox: len(mailbox.address.encode()) <= addresses.PATH_LIMIT - 2
)
SAMPLES = [
    "<ann@example.com>",
    '<"a b\\"c"@[192.0.2.1]>',
    "<@a.example,@b.example:ann@example.com>",
    "<>",
    "<postmaster>",
]


@given(st.one_of(st.none(), mailboxes))
def test_what_is_emitted_is_parsed_again(mailbox: Mailbox | None) -> None:
    path = addresses.emit_path(mailbox)
    assert addresses.parse_path(path) == (mailbox, "")
    assert addresses.parse_path(path + " SIZE=1 ") == (mailbox, "SIZE=1")


@pytest.mark.parametrize(
    ("text", "mailbox"),
    [
        ("<ann@example.com>", Mailbox("ann", "example.com")),
        ('<"ann"@example.com>', Mailbox("ann", "example.com")),
        ('<"a\\"\\b >"@example.com>', Mailbox('a"b >', "example.com")),
        ("<a!#$%&'*+-/=?^_`{|}~b@example.com>", Mailbox("a!#$%&'*+-/=?^_`{|}~b", "example.com")),
        ("<@a.example,@b.example:ann@example.com>", Mailbox("ann", "example.com")),
        ("<ann@[IPv6:::1]>", Mailbox("ann", "[IPv6:::1]")),
        ("<ann@[x400:c=de]>", Mailbox("ann", "[x400:c=de]")),
        ("<PostMaster>", Mailbox("PostMaster")),
        ("<ann@my_container>", Mailbox("ann", "my_container")),
        ("<jürgen@bücher.example>", Mailbox("jürgen", "bücher.example")),
        ("<>", None),
    ],
)
def test_paths(text: str, mailbox: Mailbox | None) -> None:
    assert addresses.parse_path(text) == (mailbox, "")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ann@example.com",
        "<ann@example.com",
        "<ann>",
        "<@a.example:ann>",
        "<@a.example:postmaster>",
        "<ann@>",
        "<@example.com>",
        '<""@example.com>',
        '<"a@example.com>',
        "<a..b@example.com>",
        "<.a@example.com>",
        "<a b@example.com>",
        "<ann@-a.example>",
        "<ann@a..example>",
        "<ann@a.example.>",
        "<ann@[192.0.2]>",
        "<ann@[IPv6:1::2::3]>",
        "<ann@[IPv6:fe80::1%eth0]>",
        "<ann@[]>",
        "<ann@exa\tmple.com>",
        "<ann@a>b",
        "<@a.example,b.example:ann@example.com>",
        "<" + "a" * 250 + "@example.com>",
        "<ann@" + "a." * 128 + "a>",
    ],
)
def test_paths_that_are_none(text: str) -> None:
    with pytest.raises(RemoteProtocolError):
        addresses.parse_path(text)


@pytest.mark.parametrize(
    "mailbox",
    [
        Mailbox("a\rb", "example.com"),
        Mailbox("a\nb", "example.com"),
        Mailbox("a\0b", "example.com"),
        Mailbox("", "example.com"),
        Mailbox("ann", "example.com> SIZE=1"),
        Mailbox("ann", "b\r\nRCPT TO:<c>"),
        Mailbox("ann", ""),
        Mailbox("a\ud800", "example.com"),
    ],
)
def test_illegal_mailboxes_are_never_emitted(mailbox: Mailbox) -> None:
    with pytest.raises(LocalProtocolError):
        addresses.emit_path(mailbox)


def test_a_persons_address() -> None:
    assert addresses.parse_mailbox("ann@example.com") == Mailbox("ann", "example.com")
    assert Mailbox("a b", "x").address == '"a b"@x'
    assert Mailbox("jürgen", "x").needs_utf8
    assert not Mailbox("ann", "x").needs_utf8
    for wrong in ("", "ann", "ann@x> SIZE=1", "a@x>\r\nDATA", "<ann@x>", "a\ud800@x"):
        with pytest.raises(LocalProtocolError):
            addresses.parse_mailbox(wrong)


@pytest.mark.fuzz
def test_hostile_bytes() -> None:
    hammer(lambda data: addresses.parse_path(data.decode("utf-8", "replace")), [text.encode() for text in SAMPLES])


@pytest.mark.fuzz
def test_hostile_xtext() -> None:
    hammer(lambda data: addresses.decode_xtext(data.decode("utf-8", "replace")), [b"ann+3Dx@example.com", b"+C3+BC"])


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_xtext_both_ways(text: str) -> None:
    value = addresses.encode_xtext(text)
    assert addresses.decode_xtext(value) == text
    assert "=" not in value
    assert all("!" <= character <= "~" for character in value)
