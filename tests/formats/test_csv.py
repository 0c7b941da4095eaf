"""CSV: rows of texts, with names or without."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import RemoteProtocolError, Unsupported, UsageError
from netloom.formats import dumps, loads
from netloom.formats.csv import read, write
from tests.formats.values import TEXTS, VALUES, written

FIELDS = TEXTS.filter(lambda text: not text.startswith("\ufeff"))
NAMES = st.lists(FIELDS.filter(bool), min_size=1, max_size=4, unique=True)
RECORDS = NAMES.flatmap(lambda names: st.lists(st.fixed_dictionaries(dict.fromkeys(names, FIELDS)), max_size=4))
ROWS = st.lists(st.lists(FIELDS, max_size=4), max_size=4)
SEPARATORS = st.sampled_from(["", "semicolon", "tab", "pipe"])


def given_words(*words: str) -> str:
    said = ",".join(filter(None, words))
    return f"csv:{said}" if said else "csv"


@given(RECORDS, SEPARATORS)
def test_names_there_and_back(records: list[dict[str, str]], separator: str) -> None:
    form = given_words(separator)
    assert loads(dumps(records, form), form) == records


@given(ROWS, SEPARATORS)
def test_rows_there_and_back(rows: list[list[str]], separator: str) -> None:
    form = given_words(separator, "rows")
    assert loads(dumps(rows, form), form) == rows


@given(VALUES)
def test_whatever_it_is_given_it_writes_rows_or_says_where_not(value: Any) -> None:
    made = written(write, value, "CSV")
    if made is not None:
        list(csv.reader(io.StringIO(made.decode(), newline=""), strict=True))


def test_what_a_row_lacks_is_empty() -> None:
    assert write([{"a": 1, "b": True}, {"b": None, 3: b"\xff"}]) == b"a,b,3\r\n1,true,\r\n,,/w==\r\n"
    assert write([{"a": 1}, {"a": 2}]) == b"a\r\n1\r\n2\r\n"
    assert dumps([{"a": 1}, {"a": 2}], "csv:rows") == b"1\r\n2\r\n"
    assert write([[1, "x,y"], []]) == b'1,"x,y"\r\n\r\n'
    assert write([]) == b""


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"a": 1}, ": rows are expected"),
        ("a", ": rows are expected"),
        ([1], " at /0: rows are all mappings, or all lists"),
        ([{"a": 1}, ["a"]], " at /1: rows are all mappings, or all lists"),
        ([{"a": 1}, {"a": [1]}], " at /1/a: a field is one text"),
        ([["a", {}]], " at /0/1: a field is one text"),
        ([{"a": 1}, {}], " at /1: a row has fields, and each has a name"),
        ([{"": 1}], " at /0: a row has fields, and each has a name"),
        ([{1: 1, "1": 2}], " at /0/1: a second field of that name"),
        ([{True: 1}], " at /0/True: a key is a text or a whole number"),
        ([["a", 2j]], " at /0/1: formats don't know a complex"),
    ],
)
def test_what_it_cant_hold(value: Any, words: str) -> None:
    with pytest.raises(Unsupported, match=f"CSV can't hold this{words}"):
        write(value)


def test_rows_that_share_no_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("netloom.formats.csv.CELLS", 4)
    assert write([{"a": 1}, {"b": 2}]) == b"a,b\r\n1,\r\n,2\r\n"
    with pytest.raises(Unsupported, match="rows of too many different names: 3 of 3"):
        write([{"a": 1}, {"b": 2}, {"c": 3}])


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"a,b\r\n1\r\n", "line 2, column 1: 1 fields where there are 2 names"),
        (b"a,a\r\n", "line 1, column 1: the names in the first line differ"),
        (b"a,\r\n", "line 1, column 1: the names in the first line differ"),
        (b'a\r\n"x', "line 2, column 1: unexpected end of data"),
        (b'a\r\n"x"y', "line 2, column 1: ',' expected after '\"'"),
        (b"a\r\n" + b"x" * 200_000, "line 2, column 1: field larger than field limit"),
        (b"a\n\xff", "line 2, column 1: no UTF-8"),
    ],
)
def test_mistakes(data: bytes, words: str) -> None:
    with pytest.raises(RemoteProtocolError, match=f"CSV, {words}"):
        read(data)


def test_lines_of_others() -> None:
    assert read(
        b"\xef\xbb\xbfa;b\n1;2\n\n",
    ) == [{"a;b": "1;2"}]
    assert loads(b"\xef\xbb\xbfa;b\n1;2\n\n", "csv:semicolon") == [{"a": "1", "b": "2"}]
    assert loads(b"a\tb\n\n", "csv:tab,rows") == [["a", "b"], []]
    assert read(b"") == []


@pytest.mark.parametrize("word", ["comma", "tab,tab", "tab=1", "rows,", ""])
def test_words_that_it_doesnt_know(word: str) -> None:
    with pytest.raises(UsageError, match="can't be said of the format csv"):
        loads(b"", f"csv:{word}")


def test_two_separators_are_one_too_many() -> None:
    with pytest.raises(UsageError, match="one separator"):
        loads(b"", "csv:tab,pipe")
