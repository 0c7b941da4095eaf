"""What MLST and MLSD say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import LocalProtocolError, RemoteProtocolError
from netloom.records import Entry
from netloom.wire.ftp import facts
from tests.fuzzing import hammer

names = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\0"), min_size=1, max_size=60)
values = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="; \r\n\0"), max_size=20)


@given(st.dictionaries(st.sampled_from(facts.KNOWN), values), names)
def test_what_is_emitted_is_parsed_again(told: dict[str, str], name: str) -> None:
    assert facts.parse(facts.emit(told, name)) == (told, name)


def test_only_what_is_wanted() -> None:
    told = {"type": "file", "size": "3", "perm": "r"}
    assert facts.emit(told, "a b", ("size",)) == "size=3; a b"
    assert facts.emit(told, "a", ()) == " a"
    assert facts.parse(" a") == ({}, "a")
    assert facts.parse_wanted("Size;modify;unknown;") == ("size", "modify")


@pytest.mark.parametrize(
    ("line", "entry"),
    [
        (
            "Type=file;Size=12;Modify=20261121001700.5;Perm=r; a  b.txt",
            Entry(name="a  b.txt", size=12, modified=1795220220.5, value={"perm": "r"}),
        ),
        ("type=dir;modify=never; d", Entry(name="d", kind="directory")),
        ("type=OS.unix=slink:/x; l", Entry(name="l", kind="link")),
        ("type=OS.unix=chr-13/29; null", Entry(name="null", kind="other")),
        ("size=1x; a", Entry(name="a")),
        ("type=cdir; /", None),
        ("type=pdir; ..", None),
    ],
)
def test_entries(line: str, entry: Entry | None) -> None:
    assert facts.to_entry(*facts.parse(line)) == entry


MANY = "".join(f"a{number}=1;" for number in range(65)) + " a"


@pytest.mark.parametrize("line", ["", "name", "type=file;", "type=file; ", "type; a", "=x; a", MANY])
def test_what_is_none(line: str) -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        facts.parse(line)
    assert caught.value.rule


@pytest.mark.parametrize(("told", "name"), [({}, ""), ({}, "a\r\nb"), ({"size": "1;2"}, "a"), ({"size": "\n"}, "a")])
def test_what_cannot_be_said(told: dict[str, str], name: str) -> None:
    with pytest.raises(LocalProtocolError):
        facts.emit(told, name)


@pytest.mark.fuzz
def test_hostile_bytes() -> None:
    def look(data: bytes) -> object:
        return facts.to_entry(*facts.parse(data.decode("utf-8", "replace")))

    hammer(look, [b"type=file;size=12;modify=20261121001700;unique=1U2; a b.txt", b"type=cdir; /"])
