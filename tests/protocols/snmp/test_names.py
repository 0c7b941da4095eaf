"""MIB modules of the user's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from netloom.errors import UsageError
from netloom.protocols.snmp.names import names
from netloom.wire.snmp import smi

if TYPE_CHECKING:
    from pathlib import Path

ACME = "ACME DEFINITIONS ::= BEGIN acme OBJECT IDENTIFIER ::= { enterprises 1 } END"
MORE = "MORE DEFINITIONS ::= BEGIN IMPORTS acme FROM ACME; more OBJECT IDENTIFIER ::= { acme 2 } END"


def test_without_any() -> None:
    assert names().name((1, 3, 6, 1, 2, 1, 1, 5, 0)) == "sysName.0"


def test_files_and_folders(tmp_path: Path) -> None:
    (tmp_path / "ACME.txt").write_text(ACME)
    (tmp_path / "MORE").write_text(MORE)
    (tmp_path / "README.md").write_text("no module")
    for places in ((str(tmp_path),), (str(tmp_path / "MORE"), str(tmp_path / "ACME.txt"))):
        mib = names(places)
        assert mib.oid("more.5") == (1, 3, 6, 1, 4, 1, 1, 2, 5)
        assert mib.oid("sysName") == (1, 3, 6, 1, 2, 1, 1, 5)
    assert "more" not in names().names


@pytest.mark.parametrize(("text", "said"), [("x", "MIB|module"), (MORE, "acme of ACME")])
def test_mistakes_are_named(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "x.mib").write_text(text)
    with pytest.raises(UsageError, match=said):
        names((str(tmp_path / "x.mib"),))


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="nowhere"):
        names((str(tmp_path / "nowhere"),))


def test_too_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smi, "MODULE_LIMIT", 10)
    (tmp_path / "x.mib").write_text(ACME)
    with pytest.raises(UsageError, match="longer"):
        names((str(tmp_path / "x.mib"),))
