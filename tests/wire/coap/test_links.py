"""Links: what the RFC prints, what is emitted is parsed, what is asked for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import LocalProtocolError, RemoteProtocolError
from netloom.wire.coap.links import Link, emit_links, matching, parse_links
from tests.fuzzing import hammer
from tests.security.parsers.coap import LINKS
from tests.security.parsers.parser import text as as_text

targets = st.text(st.characters(min_codepoint=33, exclude_characters=">", exclude_categories=["Cs"]), max_size=20)
names = st.text("abcdefgh-.", min_size=1, max_size=8)
links = st.builds(
    Link,
    targets,
    st.lists(st.tuples(names, st.text(st.characters(exclude_categories=["Cs"]), max_size=20)), max_size=4).map(tuple),
)


@given(st.lists(links, max_size=6))
def test_they_come_back(given_: list[Link]) -> None:
    assert parse_links(emit_links(given_)) == given_


def test_as_the_rfc_prints_them() -> None:
    """RFC 6690 §5."""
    first, second, third, fourth = parse_links(LINKS)
    assert first == Link("/sensors", (("ct", "40"), ("title", "Sensor Index")))
    assert second.get("rt") == "temperature-c"
    assert second.get("obs") == ""
    assert second.get("nothing") is None
    assert third.target == "http://www.example.com/sensors/t123"
    assert fourth.get("title*") == "UTF-8'en'x"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ((), 4),
        (("rt=temperature-c",), 1),
        (("rt=temperature*",), 1),
        (("rt=temp",), 0),
        (("href=/sensors/temp",), 1),
        (("href=/sensors*",), 2),
        (("if=*",), 1),
        (("rel=alternate", "href=/t"), 1),
        (("anchor=/sensors/temp",), 2),
    ],
)
def test_what_is_asked_for(query: tuple[str, ...], found: int) -> None:
    assert len(matching(parse_links(LINKS), query)) == found


def test_one_of_several_kinds() -> None:
    several = [Link("/a", (("rt", "light sensor"),))]
    assert matching(several, ["rt=sensor"]) == several
    assert matching([Link("/a", (("title", "light sensor"),))], ["title=sensor"]) == []


@pytest.mark.parametrize(
    "text", ["x", "</a", "</a>,", "</a> </b>", "</a>;", "</a>;=x", '</a>;x="y', "</a>;x=", "<a b>"]
)
def test_what_are_none(text: str) -> None:
    with pytest.raises(RemoteProtocolError) as refused:
        parse_links(text)
    assert refused.value.rule == "RFC 6690 §2"


@pytest.mark.parametrize(
    "link", [Link("/a b"), Link("/a>"), Link("/", (("a b", ""),)), Link("/", (("", "x"),))], ids=str
)
def test_what_is_not_said(link: Link) -> None:
    with pytest.raises(LocalProtocolError):
        emit_links([link])


def test_hostile_text() -> None:
    hammer(as_text(parse_links), [LINKS.encode(), b"</>"])
