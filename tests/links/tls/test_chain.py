"""Chains that another engine brought: judged as our own handshakes judge them."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from netloom.links.authority import Authority
from netloom.links.tls import ClientTLS
from netloom.links.tls.chain import judge

if TYPE_CHECKING:
    from pathlib import Path

AUTHORITY = Authority.create()


@pytest.fixture
def config(tmp_path: Path) -> ClientTLS:
    (tmp_path / "ca.pem").write_bytes(AUTHORITY.certificate_pem)
    return ClientTLS(ca=str(tmp_path / "ca.pem"))


def shown(pem: bytes) -> list[bytes]:
    return [each.public_bytes(Encoding.DER) for each in x509.load_pem_x509_certificates(pem)]


def test_one_that_is_good(config: ClientTLS) -> None:
    chain = shown(AUTHORITY.issue(["localhost", "127.0.0.1"]).cert_pem)
    for name in ("localhost", "127.0.0.1"):
        verdict = judge(chain, name, config)
        assert (verdict.problem, verdict.chain[0].names) == ("", ["localhost", "127.0.0.1"])


def test_another_name(config: ClientTLS) -> None:
    verdict = judge(shown(AUTHORITY.issue(["a.example"]).cert_pem), "b.example", config)
    assert verdict.problem == "certificate is for a.example, not for b.example"


def test_another_issuer(config: ClientTLS) -> None:
    verdict = judge(shown(Authority.create("somebody else").issue(["a"]).cert_pem), "a", config)
    assert "whom this system doesn't trust" in verdict.problem
    assert verdict.hint


def test_one_that_has_expired(config: ClientTLS) -> None:
    now = datetime.datetime.now(datetime.UTC)
    day = datetime.timedelta(days=1)
    issued = AUTHORITY.issue(["a"], not_before=now - 2 * day, not_after=now - day)
    verdict = judge(shown(issued.cert_pem), "a", config)
    assert "expired" in verdict.problem


def test_one_that_is_for_clients(config: ClientTLS) -> None:
    assert "for servers" in judge(shown(AUTHORITY.issue(["a"], client=True).cert_pem), "a", config).problem


def test_none_or_nonsense(config: ClientTLS) -> None:
    assert judge([], "a", config).problem == "the server showed no certificate"
    assert "can't be read" in judge([b"nonsense"], "a", config).problem
