"""The programs that columns are compared with: on a capture of every kind, each has the same values."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from benchmarks.dissectors import COLUMNS, Kept, line
from benchmarks.tables.columns import TSHARK, command, rows
from benchmarks.traffic import write
from tests.interop.peers import need

if TYPE_CHECKING:
    from pathlib import Path

PACKETS, FLOWS = 2500, 150


def test_lines_are_words_that_are_the_same_for_all() -> None:
    assert line((1, "10.0.0.1", 0)) == "1\t10.0.0.1\t0\n"


def test_columns_grow_by_packets() -> None:
    kept = Kept()
    kept.add((1, 60, 0, b"a", b"b", 6, 64, 1, 2, 18, 100))
    kept.add((2, 61, 9, b"c", b"d", 17, 57, 3, 4, 0, 0))
    assert dict(zip(COLUMNS, map(list, kept.columns), strict=True))["src"] == [b"a", b"c"]
    assert kept.columns[0].tolist() == [1, 2]
    with pytest.raises(ValueError, match="shorter"):
        kept.add((1, 2))


def test_tsharks_fields_are_read() -> None:
    tcp = "1700000001.453786000\t98\t41\t\t2001:db8::77\t\t2001:2::2\t\t6\t\t64\t32768\t\t443\t\t0x0012\t64240"
    udp = "1700000001.000001000\t90\t\t10.0.0.1\t\t10.0.0.2\t\t17\t\t57\t\t\t53\t\t4000\t\t"
    arp = "1700000001.999999000\t60" + "\t" * 15
    assert list(rows("\n".join([tcp, udp, arp]))) == [
        (1_700_000_001_453_786, 98, 41, "2001:db8::77", "2001:2::2", 6, 64, 32768, 443, 18, 64240),
        (1_700_000_001_000_001, 90, 0, "10.0.0.1", "10.0.0.2", 17, 57, 53, 4000, 0, 0),
        (1_700_000_001_999_999, 60, 0, "", "", 0, 0, 0, 0, 0, 0),
    ]


@pytest.mark.interop
def test_all_have_the_same_rows(tmp_path: Path) -> None:
    pytest.importorskip("dpkt")
    need("tshark", "tshark")
    path = tmp_path / "x.pcap"
    write(path, PACKETS, FLOWS)
    found = {}
    for name in ("netloom", "dpkt", "scapy"):
        out = tmp_path / name
        module = f"benchmarks.dissectors.by_{name}"
        subprocess.run([sys.executable, "-m", module, str(path), str(out)], check=True, timeout=100)
        found[name] = out.read_text()
    said = subprocess.run(command(TSHARK, path), capture_output=True, text=True, check=True, timeout=60).stdout
    found[TSHARK] = "".join(map(line, rows(said)))
    assert found["netloom"].count("\n") == PACKETS
    for name, text in found.items():
        assert text == found["netloom"], name
