"""A server's own host key."""

from __future__ import annotations

from typing import TYPE_CHECKING

import asyncssh
import pytest

from netloom.errors import UsageError
from netloom.links.ssh.hostkeys import host_key, identity, state_file

if TYPE_CHECKING:
    from pathlib import Path


def test_it_is_kept_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "new" / "host_key"
    made = host_key(str(path))
    assert made.get_algorithm() == "ssh-ed25519"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert host_key(str(path)).public_data == made.public_data
    assert [item.name for item in path.parent.iterdir()] == ["host_key"]


def test_by_default_in_the_state_folder(tmp_path: Path) -> None:
    assert state_file() == tmp_path / "state" / "netloom" / "ssh" / "host_ed25519_key"
    assert host_key("").public_data == asyncssh.read_private_key(state_file()).public_data


def test_none_is_the_same_as_long_as_we_run(tmp_path: Path) -> None:
    assert host_key("none").public_data == host_key("none").public_data
    assert not state_file().exists()


def test_another_key_in_the_file_counts(tmp_path: Path) -> None:
    path = tmp_path / "key"
    first = host_key(str(path))
    other = asyncssh.generate_private_key("ecdsa-sha2-nistp256")
    path.write_bytes(other.export_private_key())
    assert host_key(str(path)).public_data == other.public_data != first.public_data


def test_others_must_not_read_it(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_bytes(asyncssh.generate_private_key("ssh-ed25519").export_private_key())
    path.chmod(0o644)
    with pytest.raises(UsageError, match="others can read") as caught:
        host_key(str(path))
    assert caught.value.hint == f"chmod 600 {path}"


def test_what_is_no_key(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text("hello")
    path.chmod(0o600)
    with pytest.raises(UsageError, match="is no private key"):
        host_key(str(path))
    path.write_bytes(asyncssh.generate_private_key("ssh-ed25519").export_private_key(passphrase="x"))
    with pytest.raises(UsageError, match="is no private key"):
        host_key(str(path))


def test_where_it_cannot_be_kept(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="can't be kept") as caught:
        host_key(str(tmp_path / "file" / "key"))
    assert "host_key=none" in caught.value.hint


def test_what_people_compare(tmp_path: Path) -> None:
    path = tmp_path / "key"
    assert identity(str(path)) == host_key(str(path)).get_fingerprint()
