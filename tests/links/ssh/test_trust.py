"""Whose host key is trusted."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import TYPE_CHECKING

import asyncssh
import pytest

from netloom.errors import NetworkError, Status, UsageError
from netloom.links.ssh.trust import ALGORITHMS, Trust
from netloom.wire.ssh import fingerprint

if TYPE_CHECKING:
    from pathlib import Path

ED = asyncssh.generate_private_key("ssh-ed25519")
OTHER = asyncssh.generate_private_key("ssh-ed25519")
EC = asyncssh.generate_private_key("ecdsa-sha2-nistp256")


def line(key: asyncssh.SSHKey) -> str:
    return " ".join(key.export_public_key().decode().split()[:2])


def hashed(name: str) -> str:
    """A name as `ssh-keygen -H` writes it."""
    salt = b"0123456789abcdefghij"
    digest = hmac.new(salt, name.encode(), hashlib.sha1).digest()
    return f"|1|{base64.b64encode(salt).decode()}|{base64.b64encode(digest).decode()}"


@pytest.fixture
def known(tmp_path: Path) -> Path:
    return tmp_path / "known_hosts"


def read(known: Path, host: str = "edge", port: int | None = None, policy: str = "yes") -> Trust:
    return Trust.read(host, port, policy, [str(known)])


class TestKnownHosts:
    @pytest.mark.parametrize("name", ["edge", "other,edge", "e?ge", "*,!x", hashed("edge")])
    def test_names(self, known: Path, name: str) -> None:
        known.write_text(f"# ours\n\n{name} {line(ED)} a comment\n")
        read(known).check(ED.public_data)
        with pytest.raises(NetworkError, match="host key changed"):
            read(known).check(OTHER.public_data)

    @pytest.mark.parametrize("name", ["[edge]:2222", hashed("[edge]:2222"), "edge"])
    def test_other_ports(self, known: Path, name: str) -> None:
        known.write_text(f"{name} {line(ED)}\n")
        read(known, port=2222).check(ED.public_data)

    def test_a_key_of_another_port_counts_for_nothing(self, known: Path) -> None:
        known.write_text(f"[edge]:2222 {line(ED)}\n")
        with pytest.raises(NetworkError, match="isn't known"):
            read(known).check(ED.public_data)

    def test_only_names_count(self, known: Path) -> None:
        known.write_text(f"10.0.0.7 {line(ED)}\n")
        with pytest.raises(NetworkError, match="isn't known"):
            read(known).check(ED.public_data)
        read(known, "10.0.0.7").check(ED.public_data)

    def test_another_type_than_the_known_one_is_a_change(self, known: Path) -> None:
        known.write_text(f"edge {line(EC)}\nedge {line(ED)}\n")
        with pytest.raises(NetworkError) as caught:
            read(known).check(OTHER.public_data)
        assert caught.value.message == (
            f"host key changed: known {fingerprint(ED.public_data)}, offered {fingerprint(OTHER.public_data)}. "
            "Nothing was sent"
        )
        assert caught.value.hint.endswith(f"-O hostkey={fingerprint(OTHER.public_data)}")
        assert caught.value.status is Status.TLS_ERROR

    def test_a_revoked_one(self, known: Path) -> None:
        known.write_text(f"edge {line(ED)}\n@revoked * {line(ED)}\n")
        for policy in ("yes", "no", fingerprint(ED.public_data)):
            with pytest.raises(NetworkError, match="is revoked"):
                read(known, policy=policy).check(ED.public_data)

    def test_several_files(self, known: Path, tmp_path: Path) -> None:
        second = tmp_path / "second"
        second.write_text(f"edge {line(ED)}\n")
        Trust.read("edge", None, "yes", [str(known), str(second)]).check(ED.public_data)

    def test_the_users_own_file(self, home: Path) -> None:
        (home / ".ssh" / "known_hosts").write_text(f"edge {line(ED)}\n")
        Trust.read("edge", None, "yes", []).check(ED.public_data)

    @pytest.mark.parametrize("text", ["edge\n", "@nonsense edge ssh-ed25519 AAAA\n", "|9|a|b ssh-ed25519 AAAA\n"])
    def test_what_is_no_such_file(self, known: Path, text: str) -> None:
        known.write_text(text.replace("AAAA", line(ED).split()[1]))
        with pytest.raises(UsageError, match="known_hosts"):
            read(known)

    def test_a_folder(self, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match="can't be read"):
            read(tmp_path)


class TestPolicies:
    def test_a_pin_overrules_the_file(self, known: Path) -> None:
        known.write_text(f"edge {line(ED)}\n")
        pin = fingerprint(OTHER.public_data)
        read(known, policy=pin).check(OTHER.public_data)
        read(known, policy=pin + "=").check(OTHER.public_data)
        with pytest.raises(NetworkError, match="isn't the pinned one"):
            read(known, policy=pin).check(ED.public_data)

    def test_no_accepts_anything(self, known: Path) -> None:
        known.write_text(f"edge {line(ED)}\n")
        read(known, policy="no").check(OTHER.public_data)

    def test_accept_new_remembers(self, known: Path) -> None:
        known.write_text(f"other {line(EC)}")  # a last line without its end
        read(known, port=2222, policy="accept-new").check(ED.public_data)
        assert known.read_text() == f"other {line(EC)}\n[edge]:2222 {line(ED)}\n"
        read(known, port=2222).check(ED.public_data)
        with pytest.raises(NetworkError, match="changed"):
            read(known, port=2222, policy="accept-new").check(OTHER.public_data)

    def test_accept_new_makes_a_private_file(self, home: Path) -> None:
        (home / ".ssh").rmdir()
        Trust.read("edge", None, "accept-new", []).check(ED.public_data)
        assert (home / ".ssh").stat().st_mode & 0o777 == 0o700
        assert (home / ".ssh" / "known_hosts").stat().st_mode & 0o777 == 0o600

    def test_accept_new_that_cannot_remember(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        trust = Trust.read("edge", None, "accept-new", [])
        trust._store = tmp_path / "file" / "known_hosts"
        with pytest.raises(UsageError, match="can't be kept"):
            trust.check(ED.public_data)


class TestAlgorithms:
    def test_known_types_come_first(self, known: Path) -> None:
        assert read(known).algorithms == list(ALGORITHMS)
        known.write_text(f"edge {line(EC)}\n")
        found = read(known).algorithms
        assert found[0] == "ecdsa-sha2-nistp256"
        assert sorted(found) == sorted(ALGORITHMS)

    def test_an_rsa_key_signs_with_sha2_only(self, known: Path) -> None:
        known.write_text(f"edge {line(asyncssh.generate_private_key('ssh-rsa', key_size=2048))}\n")
        assert read(known).algorithms[:2] == ["rsa-sha2-512", "rsa-sha2-256"]
        assert "ssh-rsa" not in read(known).algorithms

    def test_certificates_only_with_an_authority(self, known: Path) -> None:
        known.write_text(f"@cert-authority *.example {line(EC)}\n")
        assert "ssh-ed25519-cert-v01@openssh.com" in read(known, "edge.example").algorithms
        assert not any("cert" in name for name in read(known).algorithms)
        assert not any("cert" in name for name in read(known, "edge.example", policy="SHA256:x").algorithms)


class TestCertificates:
    def test_one_of_a_trusted_authority(self, known: Path) -> None:
        known.write_text(f"@cert-authority edge {line(EC)}\n")
        good = EC.generate_host_certificate(ED, "edge", principals=["edge"])
        read(known).check(good.public_data)
        with pytest.raises(NetworkError, match="host certificate of edge isn't valid"):
            read(known).check(EC.generate_host_certificate(ED, "x", principals=["elsewhere"]).public_data)
        with pytest.raises(NetworkError, match="authority isn't trusted"):
            read(known).check(OTHER.generate_host_certificate(ED, "edge", principals=["edge"]).public_data)

    def test_one_that_has_expired(self, known: Path) -> None:
        known.write_text(f"@cert-authority edge {line(EC)}\n")
        old = EC.generate_host_certificate(ED, "edge", principals=["edge"], valid_after=0, valid_before=1)
        with pytest.raises(NetworkError, match="isn't valid"):
            read(known).check(old.public_data)

    def test_an_authority_that_was_revoked(self, known: Path) -> None:
        known.write_text(f"@cert-authority edge {line(EC)}\n@revoked * {line(EC)}\n")
        with pytest.raises(NetworkError, match="isn't valid"):
            read(known).check(EC.generate_host_certificate(ED, "edge", principals=["edge"]).public_data)
