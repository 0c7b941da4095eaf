"""Indexes of directories, read and written."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import RemoteProtocolError
from netloom.records import Entry
from netloom.wire.http import index
from tests.fuzzing import hammer

names = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="/\\"), min_size=1, max_size=20
).filter(lambda name: name not in (".", ".."))
NGINX = """<html><head><title>Index of /pub/</title></head><body><h1>Index of /pub/</h1><hr><pre><a href="../">../</a>
<a href="sub%20dir/">sub dir/</a>                                           20-Nov-2025 21:51                   -
<a href="a%26b.txt">a&amp;b.txt</a>                                          06-Nov-1994 08:49                  123
</pre><hr></body></html>"""
PYTHON = '<ul>\n<li><a href="x%3Fy.txt">x?y.txt</a></li>\n<li><a href="d/">d/</a></li>\n</ul>'
APACHE = """<a href="?C=N;O=D">Name</a><a href="/">Parent Directory</a><td><A HREF='b.tgz'>b.tgz</A></td>
<a href="https://elsewhere.example/pub/c">c</a><a href="/pub/e.txt">e.txt</a><a href="#top">top</a>
<a href="b.tgz">again</a>"""


@given(st.lists(st.tuples(names, st.booleans()), unique_by=lambda item: item[0], max_size=10))
def test_what_is_written_is_read_again(items: list[tuple[str, bool]]) -> None:
    entries = [
        Entry(
            name=name,
            path=f"/a%20b/{quote(name)}",
            kind="directory" if directory else "file",
            size=None if directory else 5,
            modified=1e9,
        )
        for name, directory in items
    ]
    assert index.parse_json(index.emit_json(entries), "/a%20b/") == entries
    found = index.parse_html(index.emit_html(entries, "/a b/").decode(), "/a%20b/")
    assert [(entry.name, entry.path, entry.kind) for entry in found] == [(e.name, e.path, e.kind) for e in entries]


def test_nginx() -> None:
    assert index.parse_html(NGINX, "/pub/") == [
        Entry(name="sub dir", path="/pub/sub%20dir", kind="directory", modified=1763675460.0),
        Entry(name="a&b.txt", path="/pub/a%26b.txt", size=123, modified=784111740.0),
    ]


def test_python() -> None:
    assert [(entry.name, entry.kind) for entry in index.parse_html(PYTHON, "/")] == [
        ("x?y.txt", "file"),
        ("d", "directory"),
    ]


def test_apache_and_what_leads_elsewhere() -> None:
    assert [entry.name for entry in index.parse_html(APACHE, "/pub/")] == ["b.tgz", "e.txt"]


def test_names_are_escaped() -> None:
    page = index.emit_html([Entry(name='"><script>alert(1)</script>.txt')], "/<b>/").decode()
    assert "<script>" not in page
    assert "<b>" not in page


def test_a_name_with_a_colon_stays_a_name() -> None:
    page = index.emit_html([Entry(name="javascript:alert(1)")], "/").decode()
    assert 'href="./javascript%3Aalert%281%29"' in page


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b'[{"name": 1}]',
        b'[{"name": ""}]',
        b"[1]",
        b"[{}]",
        b"[" * 10_000,
        b'[{"name": "a/b", "type": "file"}]',
    ],
)
def test_json_that_is_no_index(data: bytes) -> None:
    with pytest.raises(RemoteProtocolError):
        index.parse_json(data, "/")


@pytest.mark.fuzz
def test_hostile_bytes() -> None:
    sample = (
        b'[{"name":"a","type":"directory","mtime":"Sun, 06 Nov 1994 08:49:37 GMT"},{"name":"b","type":"file","size":5}]'
    )
    hammer(lambda data: index.parse_json(data, "/"), [sample])


@given(st.text() | st.lists(st.sampled_from(["<a ", "href=", '"', "x", ">", "</a>", "../", "&amp;"])).map("".join))
def test_any_page(page: str) -> None:
    for entry in index.parse_html(page, "/pub/"):
        assert "/" not in entry.name
        assert entry.name not in ("", ".", "..")


def test_a_page_made_to_be_slow() -> None:
    index.parse_html("<a " * 200_000, "/")
    index.parse_html("<a href=" * 100_000, "/")
    index.parse_html("<a x>" * 100_000, "/")
