"""Our links by way of others' proxies: microsocks, ssh -D, tinyproxy, sshd; and by several of them."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import pytest

from netloom.contents.echo import Echo
from netloom.endpoint import Endpoint
from netloom.errors import NetloomError, PeerRefused, Unauthenticated
from netloom.links.stream import Stream
from netloom.serving import Serving
from netloom.toolbox import Toolbox
from tests.interop.peers import free_port, need, running, wait_for_port
from tests.interop.ssh_peers import Place, sshd

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

pytestmark = pytest.mark.interop

USER, PASSWORD = "ann", "can4ry"
TINYPROXY = """
Port {port}
Listen 127.0.0.1
Allow 127.0.0.1
Timeout 60
MaxClients 20
{more}
"""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody's own keys, hosts and proxies come into these tests."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    for name in ("all_proxy", "no_proxy", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)


@contextlib.contextmanager
def microsocks(folder: Path, *arguments: str) -> Iterator[int]:
    """A small SOCKS 5 server; its port."""
    port, log = free_port(), folder / "microsocks.log"
    command = [need("microsocks", "microsocks"), "-i", "127.0.0.1", "-p", str(port), *arguments]
    with running(command, log) as process:
        wait_for_port(process, log, port)
        yield port


@contextlib.contextmanager
def tinyproxy(folder: Path, more: str = "") -> Iterator[int]:
    """An HTTP proxy; its port."""
    port, log, config = free_port(), folder / "tinyproxy.log", folder / "tinyproxy.conf"
    config.write_text(TINYPROXY.format(port=port, more=more))
    with running([need("tinyproxy", "tinyproxy"), "-d", "-c", config], log) as process:
        wait_for_port(process, log, port)
        yield port


@contextlib.contextmanager
def ssh_dynamic(place: Place) -> Iterator[int]:
    """OpenSSH's client as a SOCKS 4, 4a and 5 server, over sshd; its port."""
    port, log = free_port(), place.folder / "ssh.log"
    quiet = ["-F", "none", "-o", "StrictHostKeyChecking=no", "-o", f"UserKnownHostsFile={place.folder}/known"]
    command = [need("ssh", "openssh-client"), *quiet, "-i", str(place.key), "-N", "-D", f"127.0.0.1:{port}"]
    with running([*command, "-p", str(place.port), "127.0.0.1"], log) as process:
        wait_for_port(process, log, port)
        yield port


@contextlib.asynccontextmanager
async def echo() -> AsyncIterator[Endpoint]:
    async with Serving([Endpoint.parse("tcp://127.0.0.1:0")], [Echo()]) as serving:
        yield serving.endpoint


async def echoes(target: Endpoint | str, *proxies: str) -> dict[str, float]:
    """Send by that way and get the same back; gives the phases."""

    async def forget(record: Any) -> None: ...

    url = f"{target}#{','.join('proxy=' + proxy for proxy in proxies)}"
    attempt = Toolbox(forget).attempt(Endpoint.parse(url), 30.0)
    async with attempt:
        stream = await attempt.client.open()
        assert isinstance(stream, Stream)
        data = bytes(range(256)) * 200
        await stream.write(data)
        assert await stream.read_exactly(len(data)) == data
    if attempt.error is not None:
        raise attempt.error
    phases: dict[str, float] = attempt.outcome()["phases"]
    return phases


class TestSocks:
    async def test_microsocks(self, tmp_path: Path) -> None:
        with microsocks(tmp_path) as port:
            async with echo() as target:
                assert "proxy" in await echoes(target, f"socks5://127.0.0.1:{port}")
                await echoes(f"tcp://localhost:{target.port}", f"socks5h://127.0.0.1:{port}")

    async def test_microsocks_with_a_password(self, tmp_path: Path) -> None:
        with microsocks(tmp_path, "-u", USER, "-P", PASSWORD) as port:
            async with echo() as target:
                await echoes(target, f"socks5://{USER}:{PASSWORD}@127.0.0.1:{port}")
                for who in ("", f"{USER}:wrong@"):
                    with pytest.raises(Unauthenticated):
                        await echoes(target, f"socks5://{who}127.0.0.1:{port}")

    async def test_microsocks_says_no(self, tmp_path: Path) -> None:
        with microsocks(tmp_path) as port, pytest.raises(PeerRefused, match="connection refused") as caught:
            await echoes(f"tcp://127.0.0.1:{free_port()}", f"socks5://127.0.0.1:{port}")
        assert caught.value.code == 5

    @pytest.mark.parametrize("scheme", ["socks4", "socks4a", "socks5", "socks5h"])
    async def test_ssh_dynamic(self, tmp_path: Path, scheme: str) -> None:
        with sshd(tmp_path, ("ed25519",)) as place, ssh_dynamic(place) as port:
            async with echo() as target:
                await echoes(f"tcp://localhost:{target.port}", f"{scheme}://127.0.0.1:{port}")


class TestConnect:
    async def test_tinyproxy(self, tmp_path: Path) -> None:
        with tinyproxy(tmp_path) as port:
            async with echo() as target:
                await echoes(target, f"http://127.0.0.1:{port}")
            with pytest.raises(PeerRefused) as caught:
                await echoes(f"tcp://127.0.0.1:{free_port()}", f"http://127.0.0.1:{port}")
            assert str(caught.value.code).startswith("5")

    async def test_tinyproxy_with_a_password(self, tmp_path: Path) -> None:
        with tinyproxy(tmp_path, f"BasicAuth {USER} {PASSWORD}") as port:
            async with echo() as target:
                await echoes(target, f"http://{USER}:{PASSWORD}@127.0.0.1:{port}")
                with pytest.raises(Unauthenticated) as caught:
                    await echoes(target, f"http://127.0.0.1:{port}")
                assert caught.value.code == 407

    async def test_tinyproxy_forbids_ports(self, tmp_path: Path) -> None:
        with tinyproxy(tmp_path, "ConnectPort 443") as port, pytest.raises(PeerRefused) as caught:
            await echoes("tcp://127.0.0.1:9", f"http://127.0.0.1:{port}")
        assert caught.value.code == 403


class TestChains:
    async def test_every_kind_in_a_row(self, tmp_path: Path) -> None:
        with tinyproxy(tmp_path) as http, microsocks(tmp_path) as socks, sshd(tmp_path, ("ed25519",)) as place:
            jump = f"ssh://127.0.0.1:{place.port}%23hostkey=no%2Cidentity={place.key}"
            async with echo() as target:
                ways = [f"http://127.0.0.1:{http}", f"socks5://127.0.0.1:{socks}", jump]
                await echoes(target, *ways)
                await echoes(target, *reversed(ways))

    async def test_the_wrong_kind(self, tmp_path: Path) -> None:
        with microsocks(tmp_path) as port, pytest.raises(NetloomError, match=f"http://127.0.0.1:{port}"):
            await echoes("tcp://127.0.0.1:9", f"http://127.0.0.1:{port}")

    async def test_tls_through_a_proxy(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
        with tinyproxy(tmp_path) as port:
            async with Serving([Endpoint.parse("tls://127.0.0.1:0")], [Echo()]) as serving:
                phases = await echoes(serving.endpoint, f"http://127.0.0.1:{port},verify=no")
                assert list(phases)[:4] == ["resolve", "connect", "proxy", "tls"]
