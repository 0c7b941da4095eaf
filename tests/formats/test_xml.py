"""XML: documents become the same documents again, and typed ones any value."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import RemoteProtocolError, Unsupported, UsageError
from netloom.formats import dumps, loads
from netloom.formats.xml import read, write
from tests.formats.values import IN_JSON, VALUES, same, written

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
LETTERS = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), max_size=20)
TEXTS = LETTERS | st.sampled_from(["", " ", "a\nb", "\t", "\r\n", "]]>", "&lt;", '"<&>', "\x85", "\u2028"])
NAMES = st.sampled_from(["a", "b", "name", "ä", "x-1", "_y.z", "xml:lang"])
ATTRIBUTES = st.dictionaries(NAMES.map(lambda name: f"@{name}"), TEXTS, max_size=2)
SOME_ATTRIBUTES = st.dictionaries(NAMES.map(lambda name: f"@{name}"), TEXTS, min_size=1, max_size=2)
SOME = TEXTS.filter(lambda text: text.strip(" \t\r\n"))


def one(inside: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """A mapping of one name."""
    return st.tuples(NAMES, inside).map(lambda pair: {pair[0]: pair[1]})


def elements(inside: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """What an element stands for, once it is read."""
    several = st.lists(inside, min_size=2, max_size=3)
    children = st.dictionaries(NAMES, inside | several, min_size=1, max_size=3)
    child = one(inside)
    mixed = st.tuples(SOME, child, TEXTS.filter(bool), child).map(list)
    return st.one_of(
        st.tuples(ATTRIBUTES, children).map(lambda parts: {**parts[0], **parts[1]}),
        st.tuples(ATTRIBUTES, mixed).map(lambda parts: {**parts[0], "#content": parts[1]}),
        st.tuples(SOME_ATTRIBUTES, TEXTS).map(lambda parts: {**parts[0], **({"#text": parts[1]} if parts[1] else {})}),
    )


DOCUMENTS = one(st.recursive(TEXTS, elements, max_leaves=8))


@given(DOCUMENTS)
def test_there_and_back(value: Any) -> None:
    assert same(read(write(value)), value)
    ElementTree.fromstring(write(value))  # noqa: S314  # what we wrote


@given(DOCUMENTS)
def test_for_people_it_is_the_same(value: Any) -> None:
    assert same(loads(dumps(value, "xml:pretty"), "xml"), value)


@given(VALUES)
def test_whatever_it_is_given_it_writes_xml_or_says_where_not(value: Any) -> None:
    made = written(lambda each: dumps(each, "xml:root=r"), value, "XML")
    if made is not None:
        ElementTree.fromstring(made)  # noqa: S314  # what we wrote


@given(IN_JSON)
def test_typed_there_and_back(value: Any) -> None:
    assert same(loads(dumps(value, "xml:typed"), "xml:typed"), value)
    assert same(loads(dumps(value, "xml:pretty,typed"), "xml:typed"), value)


@pytest.mark.parametrize(
    ("document", "value"),
    [
        ("<a/>", {"a": ""}),
        ("<a> </a>", {"a": " "}),
        ('<a x="1"/>', {"a": {"@x": "1"}}),
        ('<a x="1">t</a>', {"a": {"@x": "1", "#text": "t"}}),
        ("<a><b>1</b></a>", {"a": {"b": "1"}}),
        ("<a>\n  <b>1</b>\n  <c/>\n  <b>2</b>\n</a>", {"a": {"b": ["1", "2"], "c": ""}}),
        ("<p>warp <b>and</b> weft</p>", {"p": {"#content": ["warp ", {"b": "and"}, " weft"]}}),
        ("<a><![CDATA[<x>]]>y</a>", {"a": "<x>y"}),
        ("<a><!-- no --><?no no?>1</a>", {"a": "1"}),
        ('<s:a xmlns:s="urn:s"><s:b/></s:a>', {"s:a": {"@xmlns:s": "urn:s", "s:b": ""}}),
        ("<a>&#x41;&amp;</a>", {"a": "A&"}),
    ],
)
def test_what_it_means(document: str, value: Any) -> None:
    assert read(document.encode()) == value
    assert read(write(value)) == value


def test_other_letters() -> None:
    assert read('<?xml version="1.0" encoding="ISO-8859-1"?><a>ä</a>'.encode("latin-1")) == {"a": "ä"}
    assert read("<a>ä</a>".encode("utf-16")) == {"a": "ä"}


@pytest.mark.parametrize(
    ("value", "document"),
    [
        ({"a": None}, "<a/>"),
        ({"a": {"b": [], "c": {}}}, "<a><c/></a>"),
        ({"a": {"b": [1, True, 1.5]}}, "<a><b>1</b><b>true</b><b>1.5</b></a>"),
        ({"a": {"@x": 1, "b": []}}, '<a x="1"/>'),
        ({"a": b"\xff"}, "<a>/w==</a>"),
        ({"a": {"@x": '<"\n', "#text": "\r>"}}, '<a x="&lt;&quot;&#10;">&#13;&gt;</a>'),
        ({"a": {"#text": None}}, "<a/>"),
        ({"a": {"#content": ["x", 1, {"b": None}]}}, "<a>x1<b/></a>"),
    ],
)
def test_what_is_written(value: Any, document: str) -> None:
    assert write(value).decode() == HEAD + document


def test_for_people() -> None:
    assert dumps({"a": {"b": []}}, "xml:pretty").decode() == f"{HEAD}<a/>\n"
    value = {"a": {"b": ["1", {"c": "2"}], "p": {"#content": ["x ", {"b": "y"}]}}}
    assert dumps(value, "xml:pretty").decode() == (
        f"{HEAD}<a>\n  <b>1</b>\n  <b>\n    <c>2</c>\n  </b>\n  <p>x <b>y</b></p>\n</a>\n"
    )


def test_a_root_for_any_value() -> None:
    value = {"a": "1", "b": "2"}
    assert dumps(value, "xml:root=r").decode() == f"{HEAD}<r><a>1</a><b>2</b></r>"
    assert loads(dumps(value, "xml:root=r"), "xml:root=r") == value
    with pytest.raises(Unsupported, match="at /a b/0: "):
        dumps({"a b": ["1"]}, "xml:root=r")
    with pytest.raises(RemoteProtocolError, match="the root is a, not r"):
        loads(b"<a/>", "xml:root=r")


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({}, ": a document has one root"),
        ({"a": 1, "b": 2}, ": a document has one root"),
        ("a", ": a document has one root"),
        ({"a": [1, 2]}, " at /a: a document has one root"),
        ({"a b": 1}, " at /a b: 'a b' is no name in XML"),
        ({1: 1}, " at /1: '1' is no name in XML"),
        ({"\uf900": 1}, " at /\uf900: '\uf900' is no name in XML"),
        ({"a": {"b": [1, {"0": 1}]}}, " at /a/b/1/0: '0' is no name"),
        ({"a": {"s:b": 1}}, " at /a/s:b: the prefix 's' isn't declared"),
        ({"xmlns:a": 1}, " at /xmlns:a: the prefix 'xmlns' isn't declared"),
        ({"a": {"@xmlns:": 1}}, " at /a/@xmlns:: '' is no name"),
        ({"a": {"@s:b": 1}}, " at /a/@s:b: the prefix 's' isn't declared"),
        ({"a": {"b": [[1]]}}, " at /a/b/0: a list within a list"),
        ({"a": "\x01"}, r" at /a: XML has no U\+0001"),
        ({"a": {"@x": "\uffff"}}, r" at /a/@x: XML has no U\+FFFF"),
        ({"a": {"@x": [1]}}, " at /a/@x: one text is expected"),
        ({"a": {"#text": [1]}}, " at /a/#text: one text is expected"),
        ({"a": {"#text": "x", "b": 1}}, " at /a: #text stands beside 'b'"),
        ({"a": {"#content": ["x"], "b": 1}}, " at /a: #content stands beside 'b'"),
        ({"a": {"#content": "x"}}, " at /a/#content: a list is expected"),
        ({"a": {"#content": ["x", {"b": 1, "c": 2}]}}, " at /a/#content/1: a text is expected, or"),
        ({"a": {"#content": ["x", {"b": [1]}]}}, " at /a/#content/1/b: a text is expected, or"),
        ({"a": {"#content": [["x"]]}}, " at /a/#content/0: a text is expected, or"),
        ({"a": {1: 1, "1": 2}}, " at /a/1: a second field of that name"),
        ({"a": 2j}, " at /a: formats don't know a complex"),
    ],
)
def test_what_it_cant_hold(value: Any, words: str) -> None:
    with pytest.raises(Unsupported, match=f"XML can't hold this{words}"):
        write(value)


def test_depth() -> None:
    value: Any = "x"
    for _ in range(101):
        value = {"a": value}
    with pytest.raises(Unsupported, match=r"at (/a){100}: lists and mappings within each other, more than 100"):
        write(value)
    with pytest.raises(RemoteProtocolError, match="line 1, column 301: elements within each other, more than 100"):
        read(b"<a>" * 101)
    with pytest.raises(RemoteProtocolError, match="more than 100"):
        read(b"<a>" * 100_000)


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (b"", "line 1, column 1: no element found"),
        (b"<a>\n<b></a>", "line 2, column 6: mismatched tag"),
        (b"<a/><b/>", "column 5: junk after document element"),
        (b"<a>\xff</a>", "column 4: not well-formed"),
        (b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', "line 1, column .*: a DTD, which isn't read"),
        (b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', "line 1, column .*: a DTD, which isn't read"),
        (b"<!DOCTYPE a><a/>", "line 1, column .*: a DTD, which isn't read"),
        (b"<a>&x;</a>", "column 4: undefined entity"),
        (b'<?xml version="1.0" encoding="klingon"?><a/>', "unknown encoding"),
        (b'<a x="1" x="2"/>', "duplicate attribute"),
    ],
)
def test_mistakes(document: bytes, words: str) -> None:
    with pytest.raises(RemoteProtocolError, match=f"XML.*{words}"):
        read(document)


class TestTyped:
    FN = "http://www.w3.org/2005/xpath-functions"

    def test_the_recommendation_s_own_form(self) -> None:
        value = {"a": 1, "b": [None, True, "x", 1.5], "c": {}, "d": [], "e": b"\xff"}
        assert dumps(value, "xml:typed").decode() == (
            f'{HEAD}<map xmlns="{self.FN}"><number key="a">1</number><array key="b"><null/><boolean>true</boolean>'
            '<string>x</string><number>1.5</number></array><map key="c"/><array key="d"/>'
            '<string key="e">/w==</string></map>'
        )

    def test_letters_that_xml_has_not(self) -> None:
        made = dumps({"\x00": "\x01\uffff\\"}, "xml:typed").decode()
        assert '<string key="\\u0000" escaped-key="true" escaped="true">\\u0001\\uffff\\\\</string>' in made

    def test_prefixes(self) -> None:
        text = f'<j:array xmlns:j="{self.FN}"> <j:number> 1 </j:number><j:string> 1 </j:string></j:array>'
        assert loads(text.encode(), "xml:typed") == [1, " 1 "]

    @pytest.mark.parametrize(
        ("inside", "words"),
        [
            ("<date/>", "date isn't among map, array"),
            ("<array>x</array>", "text in a array"),
            ("<string><null/></string>", "an element in a string"),
            ("<number>x</number>", "'x' is no number"),
            ("<number>NaN</number>", "'NaN' is no number"),
            ("<boolean>yes</boolean>", "neither true nor false"),
            ("<null>x</null>", "text in a null"),
            ("<map><null/></map>", "a key of its own"),
            ('<map><null key="a"/><null key="a"/></map>', "a key of its own"),
            ('<string escaped="true">"</string>', "isn't escaped as in JSON"),
        ],
    )
    def test_mistakes(self, inside: str, words: str) -> None:
        with pytest.raises(RemoteProtocolError, match=f"XML, line 1, column .*{words}"):
            loads(f'<array xmlns="{self.FN}">{inside}</array>'.encode(), "xml:typed")

    def test_another_namespace(self) -> None:
        with pytest.raises(RemoteProtocolError, match="array isn't among map, array"):
            loads(b"<array/>", "xml:typed")

    def test_what_it_cant_hold(self) -> None:
        with pytest.raises(Unsupported, match="XML can't hold this at /0: there is no number for nan"):
            dumps([float("nan")], "xml:typed")


@pytest.mark.parametrize("argument", ["typd", "root=", "typed,typed", "pretty=1"])
def test_words_that_it_doesnt_know(argument: str) -> None:
    with pytest.raises(UsageError, match="can't be said of the format xml"):
        loads(b"<a/>", f"xml:{argument}")


def test_typed_has_a_root_of_its_own() -> None:
    with pytest.raises(UsageError, match="a root of its own"):
        loads(b"<a/>", "xml:typed,root=a")
