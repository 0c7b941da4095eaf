"""What OpenSSH's configuration makes of an endpoint."""

from __future__ import annotations

from typing import TYPE_CHECKING

import asyncssh
import pytest

from netloom.endpoint import Endpoint
from netloom.errors import NetworkError, UsageError
from netloom.links.ssh.options import SSHOptions
from netloom.links.ssh.settle import Settled, settle

if TYPE_CHECKING:
    from pathlib import Path

CONFIG = """
Host edge
    HostName 10.0.0.7
    Port 2222
    User ann
    ProxyJump bob@bastion:2200,ssh://second
Host key
    HostKeyAlias vault
Host nobody
    UserKnownHostsFile none
Host old
    HostKeyAlgorithms +ssh-rsa
    Ciphers aes128-ctr
Host odd
    ProxyCommand nc %h %p
"""


@pytest.fixture
def config(home: Path) -> Path:
    path = home / ".ssh" / "config"
    path.write_text(CONFIG)
    return path


async def settled(url: str, options: SSHOptions | None = None) -> Settled:
    return await settle(Endpoint.parse(url), options or SSHOptions())


async def test_an_alias(config: Path) -> None:
    found = await settled("ssh://edge:22")
    assert (found.alias, found.host, found.port, found.user) == ("edge", "10.0.0.7", 2222, "ann")
    assert [str(hop) for hop in found.jumps] == ["ssh://bob@bastion:2200", "ssh://second"]
    assert found.trust.name == "[10.0.0.7]:2222"


async def test_what_the_endpoint_says_counts(config: Path) -> None:
    found = await settled("ssh://eve:pw@edge:2300")
    assert (found.port, found.user) == (2300, "eve")
    assert found.password is not None
    assert found.password.reveal() == "pw"


async def test_without_a_configuration(config: Path) -> None:
    found = await settled("ssh://edge", SSHOptions(config="none"))
    assert (found.host, found.port, found.user, found.jumps, found.config) == ("edge", 22, "tester", (), ())
    config.unlink()
    assert (await settled("ssh://edge")).config == ()


async def test_another_file(config: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_text("Host edge\n  HostName other.example\n")
    assert (await settled("ssh://edge", SSHOptions(config=str(other)))).host == "other.example"
    with pytest.raises(UsageError):
        await settled("ssh://edge", SSHOptions(config=str(tmp_path / "missing")))
    other.write_text("Port many\n")
    with pytest.raises(UsageError, match="can't be set up"):
        await settled("ssh://edge", SSHOptions(config=str(other)))


async def test_another_name_for_its_key(config: Path) -> None:
    assert (await settled("ssh://key:2222")).trust.name == "vault"


async def test_no_file_of_known_hosts_means_that_nobody_is_known(config: Path, home: Path) -> None:
    key = asyncssh.generate_private_key("ssh-ed25519")
    (home / ".ssh" / "known_hosts").write_text(f"nobody {key.export_public_key().decode()}")
    with pytest.raises(NetworkError, match="isn't known"):
        (await settled("ssh://nobody")).trust.check(key.public_data)


async def test_its_own_algorithms(config: Path) -> None:
    old, edge = await settled("ssh://old"), await settled("ssh://edge")
    assert (old.chosen_algorithms, old.chosen_ciphers) == (True, True)
    assert (edge.chosen_algorithms, edge.chosen_ciphers) == (False, False)


async def test_a_command_is_not_run(config: Path) -> None:
    with pytest.raises(UsageError, match="ProxyCommand"):
        await settled("ssh://odd")


async def test_a_unix_socket() -> None:
    assert (await settled("ssh+unix://%2Frun%2Fssh.sock")).alias == "/run/ssh.sock"
