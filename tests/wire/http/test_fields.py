"""Fields, parameters, media types and negotiation."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import LocalProtocolError
from netloom.wire.http import fields

sayable = st.text(st.characters(codec="latin-1", exclude_categories=["Cc"], exclude_characters="\xa0\x7f\xad"))


@pytest.mark.parametrize("value", ["a\r\nb: c", "a\nb", "a\rb", "a\0b", "a\x7fb", " a", "a\t", "é€"])
def test_a_value_that_could_say_more_is_refused(value: str) -> None:
    with pytest.raises(LocalProtocolError):
        fields.check_field("x-a", value)


@pytest.mark.parametrize("name", ["", "a b", "a:", "a\r\n", "a\0", "ä"])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(LocalProtocolError):
        fields.check_field(name, "a")


@pytest.mark.parametrize("target", ["", "/a b", "/a\r\nX: 1", "/a\n", "/\0", "/ä"])
def test_a_target_that_could_say_more_is_refused(target: str) -> None:
    with pytest.raises(LocalProtocolError):
        fields.check_target(target)


@pytest.mark.parametrize("method", ["", "GET /", "GE\r\nT", "GET\0", "{}"])
def test_a_method_is_a_token(method: str) -> None:
    with pytest.raises(LocalProtocolError):
        fields.check_method(method)
    assert fields.check_method("PROPFIND") == "PROPFIND"


def test_lines_as_people_write_them() -> None:
    assert fields.parse_line("X-One:  two ") == ("x-one", "two")
    assert fields.parse_line("X-Empty;") == ("x-empty", "")
    assert fields.parse_line("User-Agent:") == ("user-agent", None)
    for line in ("nonsense", "X-A: b\r\nX-C: d", "X A: b", ": b"):
        with pytest.raises(LocalProtocolError):
            fields.parse_line(line)


@given(sayable)
def test_a_quoted_parameter_is_read_again(text: str) -> None:
    assert fields.parse_parameters(f"; a={fields.quote(text)}; b=2") == {"a": text, "b": "2"}


def test_media_types() -> None:
    assert fields.parse_media_type('Text/HTML; Charset="utf-8"; x=1') == ("text/html", {"charset": "utf-8", "x": "1"})
    assert fields.parse_media_type("text/plain") == ("text/plain", {})
    for value in ("", "text", "text/", "te xt/plain", ";charset=x"):
        assert fields.parse_media_type(value) == ("", {})


def test_negotiation() -> None:
    offered = ("text/html", "application/json")
    assert fields.negotiate(None, offered) == "text/html"
    assert fields.negotiate("*/*", offered) == "text/html"
    assert fields.negotiate("application/json", offered) == "application/json"
    assert fields.negotiate("application/json;q=0.3, text/*;q=0.5", offered) == "text/html"
    assert fields.negotiate("text/html;q=0, */*;q=0.1", offered) == "application/json"
    assert fields.negotiate("text/html,application/xhtml+xml,*/*;q=0.8", offered) == "text/html"
    assert fields.accepted("a/b;q=x, c/d;q=nan, e/f;q=9") == {"a/b": 1.0, "c/d": 1.0, "e/f": 1.0}


@given(st.text())
def test_any_text(text: str) -> None:
    fields.parse_parameters(text)
    fields.parse_media_type(text)
    fields.negotiate(text, ("text/html", "application/json"))
