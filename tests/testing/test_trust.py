"""The authority of a run."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

from netloom.testing.trust import Trust

if TYPE_CHECKING:
    from pathlib import Path


def test_its_certificate_is_a_file_and_its_key_isnt(tmp_path: Path) -> None:
    trust = Trust(tmp_path)
    assert list(tmp_path.iterdir()) == []
    assert trust.ca == trust.ca
    assert [str(path) for path in tmp_path.iterdir()] == [trust.ca]
    assert ssl.create_default_context(cafile=trust.ca).cert_store_stats()["x509_ca"] == 1
    assert "PRIVATE" not in (tmp_path / "netloom-tests-ca.pem").read_text()


def test_each_run_has_its_own(tmp_path: Path) -> None:
    assert Trust(tmp_path).authority.certificate_pem != Trust(tmp_path).authority.certificate_pem
