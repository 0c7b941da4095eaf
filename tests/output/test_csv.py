"""CSV: the columns come from the records' types, so they are there before the first record."""

from __future__ import annotations

import csv
import io

from netloom.output.csv import columns_of
from netloom.records import ProbeRecord
from tests.output.examples import made, probed, refused


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_a_row_a_record() -> None:
    first, second = rows(made("csv", probed(summary='a "b", c'), refused()))
    assert first["endpoint"] == "https://example.com"
    assert first["summary"] == 'a "b", c'
    assert first["phases.tls"] == "0.04"
    assert first["phases.auth"] == ""
    assert first["tls.version"] == "TLSv1.3"
    assert first["tls.verified"] == "true"
    assert '"status":200' in first["facts"]
    assert second["tls.version"] == ""
    assert second["phase"] == "connect"


def test_the_header_alone_where_nothing_came() -> None:
    assert made("csv").strip().split(",") == columns_of(ProbeRecord)


def test_a_union_has_the_columns_of_all() -> None:
    header = made("csv", operation="serve").strip().split(",")
    assert {"endpoint", "content", "peer", "verb"} <= set(header)
    assert len(header) == len(set(header))


def test_a_list_is_json_in_one_column() -> None:
    header, row = made("csv", probed()).splitlines()[:2]
    assert not [name for name in header.split(",") if name.startswith("addresses.")]
    assert '""address"":""192.0.2.1""' in row
