"""POP3's responses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import LocalProtocolError, RemoteProtocolError
from netloom.wire.pop3 import responses
from netloom.wire.pop3.responses import Challenge, Response
from tests.fuzzing import cuts, hammer

TEXTS = (
    st.text(st.characters(exclude_characters="\r\n\0[", codec="utf-8"), max_size=40)
    .map(str.strip)
    .filter(lambda text: not text.startswith("\x85"))
)
RESPONSES = st.one_of(
    st.builds(Response, st.booleans(), TEXTS, st.sampled_from(["", "AUTH", "IN-USE", "SYS/TEMP"])),
    st.builds(Challenge, st.from_regex(r"[A-Za-z0-9+/=]{0,20}", fullmatch=True)),
)


@given(RESPONSES)
def test_there_and_back(response: Response | Challenge) -> None:
    assert cuts(responses.parse, responses.emit(response))[0] == response


@pytest.mark.parametrize(
    ("said", "response"),
    [
        (b"+OK\r\n", Response(True)),
        (b"+ok hi\r\n", Response(True, "hi")),
        (b"-ERR [auth] no\r\n", Response(False, "no", "AUTH")),
        (b"-ERR [in-use]\r\n", Response(False, "", "IN-USE")),
        (b"+OK [a b] x\r\n", Response(True, "[a b] x")),
        (b"+ \r\n", Challenge()),
        (b"+ abc=\r\n", Challenge("abc=")),
        (b"+OK \xff\r\n", Response(True, "\\xff")),
    ],
)
def test_as_servers_say_them(said: bytes, response: Response | Challenge) -> None:
    assert responses.parse(said) == (response, len(said))


@pytest.mark.parametrize(
    "said",
    [
        b"220 mx\r\n",
        b"* OK\r\n",
        b"x",
        b"-E-",
        b"+OKAY\r\n",
        b"+OK\n",
        b"+OK a\rb\r\n",
        b"+OK \0\r\n",
        b"+OK " + b"x" * 4100,
    ],
)
def test_what_is_none(said: bytes) -> None:
    with pytest.raises(RemoteProtocolError):
        responses.parse(said)


@pytest.mark.parametrize("response", [Response(True, "a\r\nb"), Response(True, "x" * 600), Challenge("a\n")])
def test_what_is_never_said(response: Response | Challenge) -> None:
    with pytest.raises(LocalProtocolError):
        responses.emit(response)


def test_capabilities() -> None:
    found = responses.parse_capabilities(["TOP", "sasl PLAIN  LOGIN", "", "é x", "IMPLEMENTATION a b"])
    assert found == {"TOP": "", "SASL": "PLAIN LOGIN", "IMPLEMENTATION": "a b"}
    assert responses.parse_capabilities(responses.emit_capabilities(found)) == found
    with pytest.raises(LocalProtocolError):
        responses.emit_capabilities({"A B": ""})


def test_listings() -> None:
    assert responses.parse_listing(["1 120", "2 x-y extra"]) == {1: "120", 2: "x-y"}
    assert responses.parse_pair("3 1200 more") == (3, 1200)
    assert responses.parse_lines(b"a\r\n\r\nb\r\n") == ["a", "", "b"]
    for line in ("x 1", "1", "", "\u0661 2"):
        with pytest.raises(RemoteProtocolError):
            responses.parse_listing([line])
    for text in ("", "1", "x 2", "1 x"):
        with pytest.raises(RemoteProtocolError):
            responses.parse_pair(text)


@pytest.mark.fuzz
def test_hostile_bytes() -> None:
    hammer(responses.parse, [b"+OK [x] hi\r\n", b"-ERR [IN-USE] no\r\n", b"+ abc\r\n"])
