"""Formats by their names, one shape for all of them, and hostile bytes for each."""

from __future__ import annotations

import contextlib
import tracemalloc
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import netloom
from netloom import registry
from netloom.errors import RemoteProtocolError, Unsupported, UsageError
from netloom.formats import Format, convert, declared, dumps, loads, named
from tests.formats.values import IN_JSON, same
from tests.fuzzing import hammer
from tests.security.parsers.formats import PARSERS

NAMES = registry.names("formats")
FORMATS = dict(zip(NAMES, declared(), strict=True))
READABLE = [*(name for name in NAMES if name != "protobuf"), "xml:typed", "csv:rows", "text:utf-16"]
LOSSLESS = ("cbor", "json", "json:pretty", "msgpack", "xml:typed", "yaml")


def test_which_there_are() -> None:
    assert NAMES == ("cbor", "csv", "json", "msgpack", "protobuf", "text", "xml", "yaml")


@pytest.mark.parametrize("name", NAMES)
def test_one_shape(name: str) -> None:
    form = FORMATS[name]
    assert isinstance(form, Format)
    assert form.name == name
    assert form.summary
    assert all("/" in media and media == media.lower() for media in form.media_types)
    assert all(suffix.startswith(".") for suffix in form.suffixes)
    assert (form.given is None) == (not form.argument)
    assert form.usage.startswith(name)


@pytest.mark.parametrize("what", ["media_types", "suffixes"])
def test_nothing_means_two(what: str) -> None:
    said = [word for name in NAMES for word in getattr(FORMATS[name], what)]
    assert len(set(said)) == len(said)


@pytest.mark.parametrize(
    ("text", "words", "hint"),
    [
        ("yml", "there is no format 'yml'", "yaml"),
        ("", "there is no format ''", "formats: cbor, csv"),
        ("_values", "there is no format '_values'", "formats: "),
        ("yaml:x", "the format yaml takes nothing after a colon", ""),
        ("json:prety", "'prety' can't be said of the format json", "pretty"),
        ("json:pretty,pretty", "'pretty' can't be said of the format json twice", ""),
        ("protobuf", "protobuf needs a file of descriptors", "protobuf:FILE:MESSAGE"),
        ("json:", "'' can't be said of the format json", "json:WORD,…: pretty"),
    ],
)
def test_what_cant_be_meant(text: str, words: str, hint: str) -> None:
    with pytest.raises(UsageError, match=words) as caught:
        named(text)
    assert hint in caught.value.hint


@given(IN_JSON)
def test_from_any_to_any(value: Any) -> None:
    for one in LOSSLESS:
        for other in LOSSLESS:
            assert same(loads(convert(dumps(value, one), from_=one, to=other), other), value), (one, other)


@pytest.mark.parametrize("form", READABLE)
@given(data=st.binary(max_size=200))
def test_any_bytes(form: str, data: bytes) -> None:
    with contextlib.suppress(RemoteProtocolError):
        loads(data, form)


@pytest.mark.fuzz
@pytest.mark.parametrize("name", PARSERS)
def test_hostile_bytes(name: str) -> None:
    hammer(PARSERS[name].parse, PARSERS[name].samples)


def test_in_python() -> None:
    assert netloom.loads('{"a": [1]}') == {"a": [1]}
    assert netloom.loads(b"a: [1]", "yaml") == {"a": [1]}
    assert netloom.dumps({"a": [1]}, "yaml") == b"a:\n- 1\n"
    assert netloom.convert(b"\xa1aa\x81\x01", from_="cbor", to="json") == b'{"a":[1]}'
    assert netloom.convert('{"a": 1}', to="msgpack") == b"\x81\xa1a\x01"
    assert {"convert", "dumps", "loads"} <= set(dir(netloom))


@pytest.mark.parametrize("form", ["json", "yaml", "csv:rows", "xml:root=r", "xml:typed", "text", "cbor", "msgpack"])
def test_a_number_of_thousands_of_digits(form: str) -> None:
    octets = b"\xc2\x59\x08\x00" + b"\xff" * 2048  # CBOR has room for it
    with pytest.raises(RemoteProtocolError, match="a whole number of more than 14280 bits"):
        loads(octets, "cbor")
    for value in (2**14281, -(2**14281)):
        with pytest.raises(Unsupported, match="a whole number of more than"):
            dumps([[value]] if form == "csv:rows" else value, form)
    if form != "msgpack":
        assert dumps([[2**14279]] if form == "csv:rows" else 2**14279, form)


def test_a_mistake_in_what_is_wanted_comes_before_one_in_what_is_there() -> None:
    with pytest.raises(UsageError, match="there is no format 'zzz'"):
        convert(b"{", to="zzz")


@pytest.mark.parametrize(
    ("form", "data"),
    [
        ("cbor", b"\x5a\x7f\xff\xff\xff"),
        ("cbor", b"\x7a\x7f\xff\xff\xff"),
        ("cbor", b"\x9a\x7f\xff\xff\xff"),
        ("cbor", b"\xba\x7f\xff\xff\xff"),
        ("cbor", b"\x9a\x0f\xff\xff\xff" * 90),
        ("msgpack", b"\xc6\x7f\xff\xff\xff"),
        ("msgpack", b"\xdb\x7f\xff\xff\xff"),
        ("msgpack", b"\xdd\x7f\xff\xff\xff"),
        ("msgpack", b"\xdf\x7f\xff\xff\xff"),
        ("msgpack", b"\xdd\x0f\xff\xff\xff" * 90),
        ("yaml", b"[" * 100_000),
        ("xml", b"<a>" * 100_000),
        ("json", b"[" * 100_000),
    ],
)
def test_a_length_that_isnt_there_takes_no_memory(form: str, data: bytes) -> None:
    reader = named(form)
    with contextlib.suppress(RemoteProtocolError):
        reader.read(b"\x01")  # what it needs is loaded
    tracemalloc.start()
    try:
        with pytest.raises(RemoteProtocolError):
            reader.read(data)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 4 << 20
