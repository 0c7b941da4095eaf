"""Lines that aren't outcomes, one by one; together they are in test_table.py."""

from __future__ import annotations

import pytest

from netloom.output.text.listing import (
    access,
    any_record,
    entry,
    in_words,
    named_value,
    note,
    octets,
    rows,
    serving,
)
from netloom.output.text.style import Style
from netloom.records import AccessRecord, Entry, Note, ServingRecord

PLAIN = Style(colour=False, unicode=True)


def test_long_values_stand_below() -> None:
    assert list(named_value("name", "x" * 100, 40))[:2] == ["  name", f"      {'x' * 33}"]
    assert list(named_value("name", "5", 60)) == [f"  {'name':20}  5"]


def test_a_name_from_elsewhere_is_not_obeyed() -> None:
    assert list(entry(Entry(name="\x1b[2J"), PLAIN, 80)) == ["  \\x1b[2J"]


def test_payloads() -> None:
    assert octets(b"a\r\nb\r\n", 80) == ["a", "b"]
    assert octets(b"", 80) == [""]
    assert octets(b"\xff\x00", 80) == ["2 B: ff 00"]
    assert octets(b"\xff" * 1000, 80)[0].endswith(" …")


def test_an_access_leaves_out_what_is_not_known() -> None:
    record = AccessRecord(at=0.0, endpoint="", protocol="tcp", peer="", verb="CONNECT")
    assert [line.split()[1:] for line in access(record, PLAIN, 80)] == [["tcp", "CONNECT"]]


def test_accesses_stand_in_columns_and_wrap_below_what_was_done() -> None:
    record = AccessRecord(
        at=0.0, endpoint="", protocol="http", peer="127.0.0.1:4000", user="ann", verb="GET", target="/" + "x" * 60,
        status="200", size=5, duration=0.001,
    )  # fmt: skip
    first, *more = access(record, PLAIN, 80)
    column = first.index("ann")
    assert column == 42
    assert all(line.startswith(" " * column) and len(line) <= 80 for line in more)
    assert "/" + "x" * 60 in "".join(line.strip() for line in [first, *more])
    assert max(len(line) for line in access(record, PLAIN, 50)) <= 50


def test_a_server_tells_once_how_clients_know_it() -> None:
    record = ServingRecord(
        endpoint="https://127.0.0.1:1", protocol="http", content="files", accounts=["ann"], trust={"ca": "/x/a.pem"}
    )
    known: set[str] = set()
    assert list(serving(record, PLAIN, 80, known)) == [
        f"  {'https://127.0.0.1:1':28}  files · ann",
        "      clients: -O ca=/x/a.pem",
    ]
    assert list(serving(record, PLAIN, 80, known)) == [f"  {'https://127.0.0.1:1':28}  files · ann"]


def test_records_stand_in_columns() -> None:
    records: list[dict[str, object]] = [
        {"name": "a.", "ttl": 300, "data": "10 mail.", "preference": 10},
        {"name": "bb.", "ttl": 5, "data": "192.0.2.1", "flags": ["x"]},
    ]
    assert list(rows(records, PLAIN)) == ["a.   300  10 mail.", "bb.  5    192.0.2.1"]
    assert list(rows(records[:1], PLAIN)) == ["name a. · ttl 300 · 10 mail. · preference 10"]
    assert list(rows([{"a": 1, "b": [1]}, {"a": 22, "b": []}], PLAIN)) == ["1", "22"]
    assert list(rows([{"b": [1]}, {"c": 1}], PLAIN)) == ['{"b":[1]}', "c 1"]


def test_a_short_note_stands_beside_its_title() -> None:
    assert list(note(Note(title="tls", text="The handshake."), PLAIN, 80)) == ["  tls  The handshake."]
    assert len(list(note(Note(title="tls", text="word " * 30), PLAIN, 80))) > 2


def test_a_note_wraps_and_keeps_its_indentation() -> None:
    lines = list(note(Note(title="", text="  " + "word " * 20), PLAIN, 40))
    assert all(line.startswith("      word") for line in lines)
    assert all(len(line) <= 40 for line in lines)


def test_an_endless_record_is_bounded() -> None:
    assert sum(len(line) for line in any_record(Note(title="x" * 100_000), PLAIN, 80)) < 5000


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "None"),
        (5, "5"),
        ("a\x1b", "a\\x1b"),
        ({"ttl": 300, "data": b"x"}, "ttl 300 · x"),
        (["a", 1], "a, 1"),
        ([], "none"),
        ({"deep": {"er": [1]}}, '{"deep":{"er":[1]}}'),
        ([b"\xff"], '[{"base64":"/w=="}]'),
    ],
)
def test_values_in_words(value: object, words: str) -> None:
    assert in_words(value, PLAIN) == words
