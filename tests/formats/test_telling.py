"""What a body is in: by media type, by name, by how it begins, or not at all."""

from __future__ import annotations

import pytest

from netloom.errors import RemoteProtocolError
from netloom.formats import read, told
from netloom.formats._naming import declaration


@pytest.mark.parametrize(
    ("data", "media_type", "name", "wanted"),
    [
        (b"x", "application/json", "", "json"),
        (b"x", "Application/JSON; charset=utf-8", "a.yaml", "json"),
        (b"x", "application/geo+json", "", "json"),
        (b"x", "application/atom+xml; charset=utf-8", "", "xml"),
        (b"x", "application/senml+cbor", "", "cbor"),
        (b"x", "application/yaml", "", "yaml"),
        (b"x", "text/csv", "", "csv"),
        (b"x", "application/x-protobuf", "", "protobuf"),
        (b"x", "application/octet-stream", "/a/b.yml", "yaml"),
        (b"x", "text/plain", "/a/b.CSV", "csv"),
        (b"x", "content format 123", "/a.cbor", "cbor"),
        (b"x", "", "a.b/c.msgpack", "msgpack"),
        (b"[1]", "", "a.json/none", "json"),
        (b' {"a": 1}', "", "", "json"),
        (b'\xef\xbb\xbf\n<?xml version="1.0"?><a/>', "", "", "xml"),
        (b"---\na: 1", "", "", "yaml"),
        (b"%YAML 1.2\n---\n", "", "", "yaml"),
        (b"\xd9\xd9\xf7\x01", "", "", "cbor"),
        (b'{"a": 1}', "text/plain", "", "json"),
        (b"warp", "text/plain; charset=utf-8", "", "text"),
    ],
)
def test_told(data: bytes, media_type: str, name: str, wanted: str) -> None:
    assert told(data, media_type, name).name == wanted


@pytest.mark.parametrize("data", [b"", b"12", b"a: 1", b"{a: 1}", b"[1", b"<html>", b"\x81\x01", b"--- a", b"a,b\n1,2"])
@pytest.mark.parametrize("name", ["", "/", "a", "a.", ".json", "a.pdf", "a.json/b"])
def test_nothing_tells(data: bytes, name: str) -> None:
    with pytest.raises(RemoteProtocolError, match="what it is in isn't told") as caught:
        told(data, "", name)
    assert "--from FORMAT" in caught.value.hint


@pytest.mark.parametrize("media_type", ["text/html", "image/png", "application/x+nothing"])
def test_what_it_is_said_to_be_counts_more_than_how_it_looks(media_type: str) -> None:
    with pytest.raises(RemoteProtocolError, match="and no format reads that"):
        told(b"{}", media_type, "a.json")


def test_charsets() -> None:
    latin = "ä;1\nö;2".encode("latin-1")
    assert read(declaration("csv"), latin, "text/csv; charset=ISO-8859-1") == [{"ä;1": "ö;2"}]
    assert read(declaration("text"), b"\xe4", 'text/plain; charset="latin-1"') == "ä"
    assert read(declaration("json"), '"ä"'.encode(), "application/json; charset=latin-1") == "ä"
    for charset in ("klingon", "ascii", "zlib", "idna", "punycode", "unicode_escape"):
        with pytest.raises(RemoteProtocolError, match=f"the charset {charset}, but"):
            read(declaration("text"), b"\xe4", f"text/plain; charset={charset}")
    for charset in ("utf-8", "US-ASCII", ""):
        assert read(declaration("text"), "ä".encode(), f"text/plain; charset={charset}") == "ä"


def test_a_body_that_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("netloom.formats._telling.LIMIT", 3)
    assert read(declaration("text"), b"abc") == "abc"
    with pytest.raises(RemoteProtocolError, match="more than 3 bytes aren't converted"):
        read(declaration("text"), b"abcd")
