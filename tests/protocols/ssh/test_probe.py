"""What a probe learns of our own server."""

from __future__ import annotations

from typing import TYPE_CHECKING

import asyncssh
import pytest

from netloom.accounts import Account
from netloom.endpoint import Secret
from netloom.errors import NetworkError, RemoteProtocolError, Unauthenticated
from netloom.protocols.ssh.client import Client, ShellOptions
from netloom.protocols.ssh.probe import Facts, probe
from tests.links.ssh.servers import Place, served, spoken

if TYPE_CHECKING:
    from pathlib import Path

    from netloom.links.stream import Stream

ANN = Account(name="ann", password=Secret("secret"))


async def look(place: Place, user: str = "", told: str = "hostkey=no,config=none,agent=none") -> Facts:
    facts = Facts()
    await probe(Client(*place.dial(place.url(user, told), ShellOptions)), facts)
    return facts


async def test_without_logging_in() -> None:
    async with served(ANN, anonymous=False) as place:
        facts = await look(place, "ann")
        assert (facts.version, facts.software, facts.banner) == ("2.0", "netloom", "SSH-2.0-netloom")
        assert (facts.host_key_type, list(facts.host_keys)) == ("ssh-ed25519", ["ssh-ed25519"])
        assert facts.host_key.startswith("SHA256:")
        assert facts.strict_kex
        assert facts.kex_agreed in facts.kex
        assert "aes128-ctr" in facts.ciphers
        assert "hmac-sha2-256" in facts.macs
        assert "none" in facts.compression
        assert sorted(facts.auth_methods) == ["keyboard-interactive", "password"]
        assert (facts.user, facts.logged_in) == ("ann", False)
        assert facts.summary.startswith("netloom · ed25519 SHA256:")
        assert place.said("LOGIN") == []


async def test_with_a_password_it_logs_in() -> None:
    async with served(ANN) as place:
        facts = await look(place, "ann:secret")
        assert (facts.logged_in, facts.user) == (True, "ann")
        assert facts.summary.endswith("logged in as ann by keyboard-interactive")
        with pytest.raises(Unauthenticated):
            await look(place, "ann:wrong")


async def test_with_a_key_it_logs_in(tmp_path: Path) -> None:
    key = asyncssh.generate_private_key("ssh-ed25519")
    (tmp_path / "key").write_bytes(key.export_private_key())
    async with served(Account(name="bob", keys=(key.export_public_key().decode().strip(),))) as place:
        facts = await look(place, "bob", f"hostkey=no,config=none,identity={tmp_path / 'key'}")
        assert (facts.logged_in, facts.auth_methods) == (True, ("publickey",))


async def test_every_host_key(tmp_path: Path) -> None:
    path = tmp_path / "host"
    path.write_bytes(asyncssh.generate_private_key("ssh-rsa", key_size=2048).export_private_key())
    path.chmod(0o600)
    async with served(options=f"host_key={path}") as place:
        facts = await look(place, told="hostkey=no,config=none,all_host_keys")
        assert list(facts.host_keys) == ["ssh-rsa"]
        assert "rsa-sha2-512" in facts.host_key_algorithms


async def test_what_was_seen_before_a_refused_key_is_kept() -> None:
    async with served() as place:
        facts = Facts()
        with pytest.raises(NetworkError, match="isn't known"):
            await probe(Client(*place.dial(place.url("", "config=none"), ShellOptions)), facts)
        assert facts.software == "netloom"
        assert facts.host_key.startswith("SHA256:")
        assert facts.auth_methods == ()


async def test_what_is_no_ssh() -> None:
    async def smtp(link: Stream) -> None:
        await link.write(b"220 mail.example ESMTP\r\n")
        await link.read_line()
        await link.write(b"502 what?\r\n")

    async with spoken(smtp) as place:
        with pytest.raises(RemoteProtocolError) as caught:
            await look(place)
        assert caught.value.seen.startswith(b"220 mail.example")
