"""The local authority: its certificates pass strict checks, and its key stays private."""

from __future__ import annotations

import os
import ssl
import stat
import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from netloom.errors import UsageError
from netloom.links.authority import CACHE_LIMIT, Authority, Issued

if TYPE_CHECKING:
    from pathlib import Path


def load(issued: Issued) -> x509.Certificate:
    return x509.load_pem_x509_certificate(issued.cert_pem)


def shake_hands(authority: Authority, issued: Issued, tmp_path: Path, host: str, proof: Issued | None = None) -> None:
    """A handshake in memory, checked as strictly as OpenSSL can; raises what the client finds wrong."""
    trust = authority.certificate_pem.decode()
    client_context = ssl.create_default_context(cadata=trust)
    client_context.verify_flags |= ssl.VERIFY_X509_STRICT
    server_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    _load_chain(server_context, issued, tmp_path / "server.pem")
    if proof is not None:
        _load_chain(client_context, proof, tmp_path / "client.pem")
        server_context.load_verify_locations(cadata=trust)
        server_context.verify_mode = ssl.CERT_REQUIRED
        server_context.verify_flags |= ssl.VERIFY_X509_STRICT
    there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = client_context.wrap_bio(back, there, server_hostname=host)
    server = server_context.wrap_bio(there, back, server_side=True)
    for _ in range(3):
        for side in (client, server):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
    assert client.version() is not None
    client.write(b"hello")
    assert server.read() == b"hello"


def _load_chain(context: ssl.SSLContext, issued: Issued, path: Path) -> None:
    path.write_bytes(issued.key_pem + issued.cert_pem)
    context.load_cert_chain(path)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "::1", "a.example.com", "xn--bcher-kva.example"])
def test_strict_clients_accept_it(tmp_path: Path, host: str) -> None:
    authority = Authority.create()
    issued = authority.issue(["localhost", "127.0.0.1", "::1", "*.example.com", "bücher.example"])
    shake_hands(authority, issued, tmp_path, host)


def test_strict_servers_accept_a_client(tmp_path: Path) -> None:
    authority = Authority.create()
    server, client = authority.issue(["localhost"]), authority.issue(["ann"], client=True)
    shake_hands(authority, server, tmp_path, "localhost", client)
    with pytest.raises(ssl.SSLError):
        shake_hands(authority, server, tmp_path, "localhost", server)


def test_what_is_wrong_is_refused(tmp_path: Path) -> None:
    authority = Authority.create()
    now = datetime.now(UTC)
    expired = authority.issue(["localhost"], not_after=now - timedelta(days=12))
    with pytest.raises(ssl.SSLCertVerificationError, match="expired"):
        shake_hands(authority, expired, tmp_path, "localhost")
    future = authority.issue(["localhost"], not_before=now + timedelta(days=1))
    with pytest.raises(ssl.SSLCertVerificationError, match="not yet valid"):
        shake_hands(authority, future, tmp_path, "localhost")
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        shake_hands(authority, authority.issue(["other.example"]), tmp_path, "localhost")
    with pytest.raises(ssl.SSLCertVerificationError, match="unable to get local issuer"):
        shake_hands(authority, Authority.create("another").issue(["localhost"]), tmp_path, "localhost")


def test_what_a_certificate_says() -> None:
    authority = Authority.create("of a test", now=datetime(2026, 11, 20, 12, tzinfo=UTC))
    root = x509.load_pem_x509_certificate(authority.certificate_pem)
    assert root.subject == root.issuer
    assert root.not_valid_before_utc == datetime(2026, 11, 20, 11, tzinfo=UTC)
    assert root.not_valid_after_utc == authority.not_after
    issued = authority.issue(["a.example", "192.0.2.1"], days=7)
    leaf = load(issued)
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["a.example"]
    assert [str(address) for address in names.get_values_for_type(x509.IPAddress)] == ["192.0.2.1"]
    usage = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.SERVER_AUTH]
    assert leaf.not_valid_after_utc - leaf.not_valid_before_utc == timedelta(days=7)
    assert leaf.not_valid_after_utc == issued.not_after
    leaf.verify_directly_issued_by(root)


def test_times_are_as_told() -> None:
    authority = Authority.create()
    start, end = datetime(2020, 1, 1, tzinfo=UTC), datetime(2020, 1, 2, tzinfo=UTC)
    both = authority.issue(["a"], not_before=start, not_after=end)
    assert (load(both).not_valid_before_utc, both.not_after) == (start, end)
    assert authority.issue(["a"], not_before=start, days=5).not_after == start + timedelta(days=5)
    assert load(authority.issue(["a"], not_after=end, days=5)).not_valid_before_utc == end - timedelta(days=5)


def test_the_same_question_has_the_same_answer() -> None:
    authority = Authority.create()
    first = authority.issue(["a.example"])
    assert authority.issue(["a.example"]) is first
    assert authority.issue(["a.example"], client=True) is not first
    assert authority.issue(["a.example"], days=1) is not first
    for number in range(CACHE_LIMIT):
        authority.issue([f"n{number}.example"])
    assert authority.issue(["a.example"]) is not first


@pytest.mark.parametrize(
    "names",
    [[], [""], ["a b"], ["a..b"], ["a\0b"], ["a\r\nb"], ["*"], ["a.*.b"], ["a" * 64], ["a." * 127 + "ab"], ["\udc80"]],
)
def test_names_that_are_none(names: list[str]) -> None:
    with pytest.raises(UsageError):
        Authority.create().issue(names)


def test_long_names_still_get_one() -> None:
    name = "a" * 60 + ".example.com"
    leaf = load(Authority.create().issue([name]))
    assert leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value.get_values_for_type(
        x509.DNSName
    ) == [name]


def test_times_that_make_no_sense() -> None:
    authority = Authority.create()
    now = datetime.now(UTC)
    with pytest.raises(UsageError):
        authority.issue(["a"], not_before=now, not_after=now)
    with pytest.raises(UsageError):
        authority.issue(["a"], not_after=datetime(1900, 1, 1, tzinfo=UTC))


def test_the_key_is_not_shown() -> None:
    issued = Authority.create().issue(["a"])
    assert "PRIVATE" not in repr(issued)


# In a directory


def test_it_is_kept(tmp_path: Path) -> None:
    folder = tmp_path / "state" / "authority"
    before = os.umask(0)
    try:
        first = Authority.open(folder)
    finally:
        os.umask(before)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {
        "authority.pem": 0o600,
        "authority-key.pem": 0o600,
    }
    assert (folder / "authority.pem").read_bytes() == first.certificate_pem
    again = Authority.open(folder)
    assert again.certificate_pem == first.certificate_pem
    shake_hands(first, again.issue(["localhost"]), tmp_path, "localhost")


def test_a_lost_certificate_is_written_again(tmp_path: Path) -> None:
    authority = Authority.open(tmp_path / "a")
    (tmp_path / "a" / "authority.pem").write_bytes(b"old")
    assert Authority.open(tmp_path / "a").certificate_pem == authority.certificate_pem
    assert (tmp_path / "a" / "authority.pem").read_bytes() == authority.certificate_pem


def test_two_who_open_it_at_once_get_the_same(tmp_path: Path) -> None:
    found: list[bytes] = []
    threads = [
        threading.Thread(target=lambda: found.append(Authority.open(tmp_path / "a").certificate_pem)) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1
    assert len(list((tmp_path / "a").iterdir())) == 2


@pytest.mark.parametrize(
    ("name", "mode", "words"), [("authority-key.pem", 0o644, "can read"), (".", 0o777, "can write")]
)
def test_what_others_can_get_at_is_refused(tmp_path: Path, name: str, mode: int, words: str) -> None:
    Authority.open(tmp_path / "a")
    (tmp_path / "a" / name).chmod(mode)
    with pytest.raises(UsageError, match=words):
        Authority.open(tmp_path / "a")


def test_what_is_something_else_is_refused(tmp_path: Path) -> None:
    secret = tmp_path / "a" / "authority-key.pem"
    Authority.open(secret.parent)
    key = secret.read_bytes()
    foreign = Authority.create()
    for content in (
        b"",
        b"nonsense",
        key.split(b"-----BEGIN CERT", maxsplit=1)[0],
        key[: key.index(b"-----BEGIN CERT")] + foreign.certificate_pem,
    ):
        secret.write_bytes(content)
        with pytest.raises(UsageError):
            Authority.open(secret.parent)


def test_an_expired_authority_is_refused(tmp_path: Path) -> None:
    old = Authority.create(now=datetime(2001, 1, 1, tzinfo=UTC))
    secret = tmp_path / "authority-key.pem"
    tmp_path.chmod(0o700)
    secret.touch(mode=0o600)
    secret.write_bytes(old._pem())
    with pytest.raises(UsageError, match="expired on 2010-12-29"):
        Authority.open(tmp_path)


def test_a_place_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UsageError):
        Authority.open(tmp_path / "file" / "a")
