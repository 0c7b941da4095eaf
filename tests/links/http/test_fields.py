from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import LocalProtocolError
from netloom.links.http import fields
from netloom.links.http.h1_client import parse_head
from netloom.links.http.messages import Response

NAMES = st.from_regex(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,20}", fullmatch=True)
VALUES = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=40)
PLAIN = {"content-length", "transfer-encoding", "connection", "upgrade", "keep-alive", "proxy-connection", "date"}


@given(st.lists(st.tuples(NAMES.filter(lambda name: name.lower() not in PLAIN), VALUES), max_size=10))
def test_what_is_said_is_read(said: list[tuple[str, str]]) -> None:
    prepared = fields.head(200, tuple(said))
    read = parse_head(prepared.lines + b"\r\n")
    assert read == Response(
        status=200,
        reason="OK",
        version="1.1",
        headers=tuple((name.lower(), value.strip(" ")) for name, value in said),
    )


@given(st.text(max_size=20), st.text(max_size=20))
def test_nothing_breaks_out_of_its_line(name: str, value: str) -> None:
    try:
        _, line = fields.line(name, value)
    except LocalProtocolError:
        return
    assert line.count(b"\n") == 1
    assert line.endswith(b"\r\n")
    assert b"\0" not in line
    assert line.count(b"\r") == 1


def test_what_frames_is_known() -> None:
    head = fields.head(
        200, (("Content-Length", "5"), ("Connection", "X, Close"), ("DATE", "x"), ("Transfer-Encoding", "x"))
    )
    assert (head.length, head.closes, head.dated) == (5, True, True)
    assert head.lines == b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nDATE: x\r\n"


@pytest.mark.parametrize("lengths", [("5", "6"), ("x",), ("-1",), ("٣",), ("",)])
def test_lengths_that_are_none(lengths: tuple[str, ...]) -> None:
    with pytest.raises(LocalProtocolError):
        fields.head(200, tuple(("content-length", length) for length in lengths))


@pytest.mark.parametrize(
    ("value", "right"),
    [
        ("a", True),
        ("a:80", True),
        ("[::1]:80", True),
        ("", True),
        ("a b", False),
        ("a@b", False),
        ("a/b", False),
        ("[::1", False),
        ("a:b", False),
    ],
)
def test_hosts(value: str, right: bool) -> None:
    assert fields.is_host(value) is right
