"""YAML: what is written is read again, by readers of YAML 1.1 as well; mistakes are named, with their place."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import yaml
from hypothesis import example, given

from netloom.errors import RemoteProtocolError, Unsupported
from netloom.formats.yaml import read, write
from netloom.formats.yaml.reading import ALIASED
from tests.formats.values import IN_JSON, VALUES, same


@given(VALUES)
def test_there_and_back(value: Any) -> None:
    assert same(read(write(value)), value)


@given(IN_JSON)
@example(1e22)
@example(-1e-7)
@example({"no": ["1e3", "0o17", "017", "1:30", "=", "<<", "y", "on"]})
def test_readers_of_yaml_1_1_see_the_same(value: Any) -> None:
    assert same(yaml.safe_load(write(value)), value)


def test_it_reads_well() -> None:
    made = write(
        {
            "name": "loom",
            "no": "no",
            "text": "one\ntwo\n",
            "list": [1, {"a": None}],
            "at": datetime(2026, 11, 21, tzinfo=UTC),
        }
    )
    assert made.decode() == (
        "name: loom\n'no': 'no'\ntext: |\n  one\n  two\nlist:\n- 1\n- a: null\nat: 2026-11-21T00:00:00Z\n"
    )


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("# nothing\n", None),
        ("yes", "yes"),
        ("on: off", {"on": "off"}),
        ("[~, null, true, False]", [None, None, True, False]),
        ("[010, 0o10, 0x10, +1, -0]", [10, 8, 16, 1, 0]),
        ("[1., .5, 1e3, -1.5E-2, .inf, -.INF]", [1.0, 0.5, 1000.0, -0.015, float("inf"), float("-inf")]),
        ("[1_000, 12:30:45, 0b1, 2020-01-01]", ["1_000", "12:30:45", "0b1", "2020-01-01"]),
        ("2026-11-21 16:00:00", "2026-11-21 16:00:00"),
        ("2026-11-21 16:00:00.25 Z", datetime(2026, 11, 21, 16, 0, 0, 250000, tzinfo=UTC)),
        ("!!str 12", "12"),
        ("! 12", "12"),
        ("!!int '12'", 12),
        ("!!float 3", 3.0),
        ("!!null ''", None),
        ("!!bool 'true'", True),
        ("!!seq [!!map {a: 1}]", [{"a": 1}]),
        ("{1: a, '1': b}", {1: "a", "1": "b"}),
        ("a: &x [1]\nb: *x", {"a": [1], "b": [1]}),
        ("- &x k\n- {*x : v}", ["k", {"k": "v"}]),
        ("a: &a {x: 1, y: 2}\nb: {<<: *a, y: 3}", {"a": {"x": 1, "y": 2}, "b": {"x": 1, "y": 3}}),
        ("- &a {x: 1}\n- &b {x: 2, z: 3}\n- <<: [*a, *b]", [{"x": 1}, {"x": 2, "z": 3}, {"x": 1, "z": 3}]),
        ("- &a {x: 1}\n- {y: 2, <<: *a, <<: {z: 3}}", [{"x": 1}, {"x": 1, "z": 3, "y": 2}]),
        ("'<<': 1", {"<<": 1}),
    ],
)
def test_what_it_means(text: str, value: Any) -> None:
    found = read(text.encode())
    assert same(found, value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: [1\nb: 2", r"line 2, column 2: .*expected ',' or '\]'"),
        ("a: 1\na: 2", "line 2, column 1: a second field 'a'"),
        ("a\n---\nb", "line 2, column 1: a second document"),
        ("[*x]", "column 2: there is no anchor 'x'"),
        ("&x [*x]", "column 5: a value that holds itself"),
        ("!!python/object/apply:os.system [id]", "column 1: there is no value for the tag tag:yaml.org,2002:python/"),
        ("!!set {a}", "no value for the tag"),
        ("!mine x", "no value for the tag !mine"),
        ("!!int x", "'x' is no whole number"),
        ("!!float x", "'x' is no number"),
        ("!!bool x", "neither true nor false"),
        ("!!null x", "isn't null"),
        ("!!binary '?'", "no base64"),
        ("!!timestamp x", "no moment"),
        ("2026-13-01T00:00:00Z", "month must be"),
        ("1e999", "larger than numbers get"),
        ("9" * 5000, "more than 4300 digits"),
        ("{[a]: 1}", "a key is a text or a whole number"),
        ("{true: 1}", "a key is a text or a whole number, not True"),
        ("{<<: 1}", "only mappings can be merged"),
        ("[" * 101 + "]" * 101, "column 101: lists and mappings within each other, more than 100"),
        ("- " * 100_000 + "a", "more than 100"),
        ("a: \x01", "control characters are not allowed"),
    ],
)
def test_what_it_refuses(text: str, words: str) -> None:
    with pytest.raises(RemoteProtocolError, match=words) as caught:
        read(text.encode())
    assert caught.value.offset is not None


def test_bytes_that_are_no_text() -> None:
    with pytest.raises(RemoteProtocolError, match="YAML: "):
        read(b"a: \xff")


def test_aliases_that_would_fill_memory() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    with pytest.raises(RemoteProtocolError, match=f"more than {ALIASED} values"):
        read("\n".join(lines).encode())


def test_merges_that_would_fill_memory() -> None:
    fields = ", ".join(f"k{n}: 1" for n in range(1000))
    text = f"a: &a {{{fields}}}\n" + "".join(f"b{n}: {{<<: *a}}\n" for n in range(101))
    with pytest.raises(RemoteProtocolError, match=f"more than {ALIASED} values"):
        read(text.encode())


def test_what_it_cant_hold() -> None:
    with pytest.raises(Unsupported, match=r"YAML can't hold this at /a/1: formats don't know a complex"):
        write({"a": [1, 2j]})
