"""Expectations: what can be said, what holds, and the column of a mistake."""

from __future__ import annotations

import re
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom import registry
from netloom.errors import Status, UsageError
from netloom.expectations import parse, settle
from netloom.records import TLS, ProbeRecord


def probed(**changes: Any) -> ProbeRecord:
    tls = TLS(version="TLS 1.3", cipher="x", verified=True, expires_in=86400.0 * 20)
    fields: dict[str, Any] = {
        "endpoint": "http://h",
        "protocol": "http",
        "status": Status.SUCCESS,
        "started_at": 1.0,
        "duration": 0.25,
        "phases": {"connect": 0.1, "first_byte": 0.15},
        "tls": tls,
        "facts": {
            "status": 200,
            "headers": {"Content-Type": "text/html", "X.Dotted": "a"},
            "names": ["a.example", "b.example"],
            "ready": True,
            "size": 2048,
            "nothing": None,
            "version": "1.1",
            "raw": b"ready",
        },
    }
    return ProbeRecord(**{**fields, **changes})


HOLDS = [
    "facts.status == 200",
    "facts.status != 404",
    "facts.status < 300",
    "facts.status >= 200",
    "facts.status in 200, 204",
    "facts.status in (200,204)",
    "facts.status in [200]",
    "duration < 500ms",
    "duration<0.5",
    "duration <= 250 ms",
    "phases.connect < 1s",
    "tls.expires_in > 14d",
    "tls.expires_in > 2w",
    "tls.version == 'TLS 1.3'",
    'tls.version == "TLS 1.3"',
    "tls.version ~ 1\\.[23]",
    "tls.verified == true",
    "status == success",
    "facts.headers.content-type ~ html",
    "facts.headers.Content-Type == text/html",
    "facts.headers.x.dotted == a",
    "facts.names == a.example",
    "facts.names != c.example",
    "facts.names.1 == b.example",
    "facts.ready == true",
    "facts.size == 2KiB",
    "facts.size < 3KB",
    "facts.nothing == null",
    "facts.version == 1.1",
    "facts.version != 1.0",
    "facts.version in 1.0, 1.1",
    "facts.version < 2",
    "facts.raw ~ ^ready$",
    "facts.raw !~ steady",
    "facts ~ 200",
    "  facts.status   ==   200  ",
]
FAILS = [
    ("facts.status == 404", "expected facts.status == 404, found 200"),
    ("facts.version == 1.10", "found '1.1'"),
    ("duration < 100ms", "found 0.25"),
    ("facts.ready == false", "found true"),
    ("facts.names == c.example", 'found ["a.example","b.example"]'),
    ("facts.names != a.example", "found"),
    ("facts.names < 3", "found"),
    ("facts.status ~ 40", "found 200"),
    ("facts.version >= 1.2", "found '1.1'"),
    ("tls.version > 1.2", "found 'TLS 1.3'"),
    ("facts.statu == 200", "there is no facts.statu; did you mean status?"),
    ("fact.status == 200", "there is no fact.status; did you mean facts?"),
    ("facts.names.7 == x", "there is no facts.names.7; there are 2"),
    ("facts.status.deep == 1", "there is no facts.status.deep"),
    ("facts.nothing < 3", "found null"),
    ("facts.status in 1, 2", "found 200"),
]


@pytest.mark.parametrize("text", HOLDS)
def test_what_holds(text: str) -> None:
    assert parse(text).check(probed()) == ""


@pytest.mark.parametrize(("text", "words"), FAILS)
def test_what_fails_says_what_was_found(text: str, words: str) -> None:
    assert words in parse(text).check(probed())


@pytest.mark.parametrize(
    ("text", "column", "words"),
    [
        ("", 0, "an operator is expected"),
        ("facts.status", 12, "an operator is expected"),
        ("facts.status = 200", 13, "an operator is expected"),
        ("facts.status 200", 13, "an operator is expected"),
        ("facts.status ==", 15, "a value is expected"),
        ("body ~ (", 7, "no regular expression"),
        ("body ~ ab[", 9, "no regular expression"),
        ("== 200", 0, "an operator is expected"),
    ],
)
def test_the_column_of_a_mistake(text: str, column: int, words: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(text)
    assert words in caught.value.message
    assert caught.value.column == column


@given(st.text(max_size=40))
def test_any_text_is_an_expectation_or_a_mistake(text: str) -> None:
    for candidate in (text, f"facts.status == {text}", f"body ~ {text}", f"facts.{text} < 3", f"x in {text}"):
        try:
            expectation = parse(candidate)
        except UsageError:
            continue
        assert isinstance(expectation.check(probed()), str)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_any_value_can_be_looked_at(value: Any) -> None:
    record = probed(facts={"x": value})
    for text in ("facts.x == 3", "facts.x ~ a", "facts.x < 3", "facts.x in 1,2", "facts.x != true"):
        assert isinstance(parse(text).check(record), str)


def test_it_is_frozen() -> None:
    expectation = parse("a == 1")
    assert expectation.text == "a == 1"
    with pytest.raises(AttributeError):
        expectation.text = ""  # type: ignore[misc]
    assert msgspec.structs.asdict(expectation)["operator"] == "=="


class TestSettled:
    """What no record of a probe could meet is a mistake, known before anything is sent."""

    @pytest.mark.parametrize(
        ("text", "column", "words", "hint"),
        [
            ("duratoin < 1s", 0, "there is no duratoin", "did you mean duration?"),
            ("banner ~ x", 0, "there is no banner", "did you mean facts.banner?"),
            ("zzz.x == 1", 0, "there is no zzz", "fields: endpoint, "),
            ("facts.baner ~ x", 6, "there is no facts.baner", "did you mean banner?"),
            ("facts.zzzzz == 1", 6, "there is no facts.zzzzz", "facts: "),
            ("phases.conect < 1s", 7, "there is no phases.conect", "did you mean connect?"),
            ("tls.expires < 1d", 4, "there is no tls.expires", "did you mean expires_in?"),
            ("duration < 1x", 11, "duration is a number, and '1x' is none", "units: "),
            ("phases.tls < soon", 13, "phases.tls is a number", "units: "),
            ("tls.expires_in > 'long'", 18, "tls.expires_in is a number", "units: "),
            ("facts.stratum in 1, two", 20, "facts.stratum is a number, and 'two' is none", "units: "),
        ],
    )
    def test_mistakes(self, text: str, column: int, words: str, hint: str) -> None:
        with pytest.raises(UsageError) as caught:
            settle([parse(text)], KINDS)
        assert words in caught.value.message
        assert f"at column {column + 1}" in caught.value.message
        assert (caught.value.column, caught.value.text) == (column, text)
        assert caught.value.hint.startswith(hint)

    @pytest.mark.parametrize(
        "text",
        [
            "duration < 1s", "status == success", "facts.banner ~ x", "facts.stratum in 1, 2", "phases.tls < 1ns",
            "tls.chain.0.issuer ~ R11", "tls == null", "facts ~ x", "addresses.0.fate == success", "duration ~ ^0",
            "facts.stratum == null", "phase in null, tls",
        ],
    )  # fmt: skip
    def test_what_can_be_meant(self, text: str) -> None:
        settle([parse(text)], KINDS)


KINDS = [registry.facts(registry.protocol(name)) for name in ("tcp", "ntp")]


@pytest.mark.parametrize(("text", "bracket"), [("a in [1, 2", "']'"), ("a in (1", "')'")])
def test_brackets_are_closed(text: str, bracket: str) -> None:
    with pytest.raises(UsageError, match=re.escape(f"{bracket} is expected at column {len(text) + 1}")):
        parse(text)


def test_one_equals_sign_is_a_slip() -> None:
    with pytest.raises(UsageError) as caught:
        parse("facts.status = 200")
    assert caught.value.hint == "did you mean == ?"
