"""What can be fetched."""

from __future__ import annotations

import pytest
from hypothesis import given

from netloom.errors import LocalProtocolError
from netloom.wire.imap import items
from netloom.wire.imap.items import Item, Section
from netloom.wire.imap.tokens import Cursor
from tests.wire.imap.strategies import ITEMS


@given(ITEMS)
def test_labels_are_read_back(item: Item) -> None:
    label = items.label(item)
    cursor = Cursor((label.split(b"<")[0] if item.partial else label,))
    assert items.read_item(cursor) == Item(item.name, item.section)


@pytest.mark.parametrize(
    ("text", "section"),
    [
        ("", Section()), ("1.2", Section((1, 2))), ("header", Section((), "HEADER")), ("3.mime", Section((3,), "MIME")),
        ("HEADER.FIELDS (Subject)", Section((), "HEADER.FIELDS", ("Subject",))),
    ],
)  # fmt: skip
def test_as_people_write_them(text: str, section: Section) -> None:
    assert items.parse_section(text) == section


@pytest.mark.parametrize("text", ["x", "1.", "]", "1 2", "HEADER.FIELDS ()", "TEXT] UID", "\ud800"])
def test_what_people_mistake_for_one(text: str) -> None:
    with pytest.raises(LocalProtocolError):
        items.parse_section(text)
