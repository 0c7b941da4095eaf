"""The client's side of SSH against our own server, in memory."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import asyncssh
import pytest

from netloom.accounts import Account
from netloom.endpoint import Secret
from netloom.errors import (
    ConnectionLost,
    LocalProtocolError,
    NetworkError,
    PeerRefused,
    RemoteProtocolError,
    Status,
    Unauthenticated,
    UsageError,
)
from netloom.links.ssh.client import Terminal
from netloom.wire.ssh import fingerprint
from tests.links.ssh.servers import served, spoken

if TYPE_CHECKING:
    from pathlib import Path

    from netloom.links.stream import Stream

ANN = Account(name="ann", password=Secret("secret"))


def key_pair(folder: Path, passphrase: str | None = None) -> tuple[str, str]:
    """A private key's file, and its public line."""
    key = asyncssh.generate_private_key("ssh-ed25519")
    path = folder / "key"
    path.write_bytes(key.export_private_key(passphrase=passphrase))
    path.chmod(0o600)
    return str(path), key.export_public_key().decode().strip()


class TestLogin:
    async def test_by_password(self) -> None:
        async with served(ANN) as place:
            connection = await place.connect("ann:secret")
            assert (connection.user, place.said("LOGIN")) == ("ann", [("ann", "", "ok")])
            await connection.close()

    async def test_a_wrong_password_is_said_once(self) -> None:
        async with served(ANN) as place:
            with pytest.raises(Unauthenticated, match=r"ann isn't let in by 127.0.0.1: it takes .*password") as caught:
                await place.connect("ann:wrong")
            assert caught.value.hint
            assert place.said("LOGIN") == [("ann", "password", "refused")]

    async def test_by_key(self, tmp_path: Path) -> None:
        path, line = key_pair(tmp_path)
        async with served(Account(name="bob", keys=(line,)), anonymous=False) as place:
            options = f"hostkey=no,config=none,identity={path}"
            connection = await place.connect("bob", options)
            assert connection.method == "publickey"
            with pytest.raises(Unauthenticated):
                await place.connect("eve", options)

    async def test_a_key_with_a_passphrase(self, tmp_path: Path) -> None:
        path, line = key_pair(tmp_path, "open sesame")
        async with served(Account(name="bob", keys=(line,))) as place:
            told = f"hostkey=no,config=none,identity={path}"
            assert (await place.connect("bob", f"{told},passphrase=open%20sesame")).user == "bob"
            with pytest.raises(UsageError, match="private key") as caught:
                await place.connect("bob", told)
            assert "passphrase" in caught.value.hint
            with pytest.raises(UsageError):
                await place.connect("bob", f"{told},passphrase=wrong")

    async def test_a_missing_key_is_the_callers_mistake(self) -> None:
        async with served() as place:
            with pytest.raises(UsageError, match="SSH can't be set up"):
                await place.connect("bob", "hostkey=no,identity=/nonexistent")

    async def test_an_agent_that_is_not_there(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SSH_AUTH_SOCK", "/nonexistent/agent")
        async with served(ANN) as place:
            assert (await place.connect("ann:secret", "hostkey=no")).user == "ann"

    async def test_phases(self) -> None:
        async with served(ANN) as place:
            connection = await place.connect("ann:secret")
            phases = connection._dial.trace.phases()
            assert list(phases) == ["resolve", "connect", "greeting", "auth"]


class TestHostKey:
    async def test_an_unknown_one_is_refused_before_anything_is_said(self) -> None:
        async with served(ANN) as place:
            with pytest.raises(
                NetworkError, match=r"isn't known: offered SHA256:\S+ \(ssh-ed25519\). Nothing"
            ) as caught:
                await place.connect("ann:secret", "config=none")
            assert caught.value.status is Status.TLS_ERROR
            assert "-O hostkey=SHA256:" in caught.value.hint
            assert place.said("LOGIN") == []

    async def test_a_changed_one_is_refused(self, home: Path) -> None:
        other = asyncssh.generate_private_key("ssh-ed25519")
        async with served(ANN) as place:
            name = f"[127.0.0.1]:{place.endpoint.port}"
            (home / ".ssh" / "known_hosts").write_text(f"{name} {other.export_public_key().decode()}")
            with pytest.raises(
                NetworkError, match=r"host key changed: known SHA256:.*, offered SHA256:.* Nothing"
            ) as caught:
                await place.connect("ann:secret", "config=none")
            assert fingerprint(other.public_data) in caught.value.message
            assert caught.value.status is Status.TLS_ERROR
            assert place.said("LOGIN") == []

    async def test_accept_new_then_known(self) -> None:
        async with served(ANN) as place:
            await place.connect("ann:secret", "config=none,hostkey=accept-new")
            assert (await place.connect("ann:secret", "config=none")).user == "ann"

    async def test_a_pinned_one(self) -> None:
        async with served(ANN) as place:
            connection = await place.connect("ann:secret")
            pin = fingerprint(connection.greeting.host_key)
            assert (await place.connect("ann:secret", f"hostkey={pin}")).user == "ann"
            with pytest.raises(NetworkError, match="isn't the pinned one"):
                await place.connect("ann:secret", "hostkey=SHA256:" + "A" * 43)


class TestWhatIsNoSSH:
    async def test_a_greeting_of_something_else(self) -> None:
        async def http(link: Stream) -> None:
            await link.read_line()
            await link.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            await link.close()

        async with spoken(http) as place:
            with pytest.raises(RemoteProtocolError, match=r"that isn't SSH: it says 'HTTP/1.1 400") as caught:
                await place.connect()
            assert caught.value.seen.startswith(b"HTTP/1.1")

    async def test_binary_is_refused_at_once(self) -> None:
        async def tls(link: Stream) -> None:
            await link.write(b"\x15\x03\x01\0\x02\x02\x16")
            await link.read()

        async with spoken(tls) as place:
            with pytest.raises(RemoteProtocolError, match="isn't SSH"):
                await place.connect()

    async def test_a_server_that_hangs_up(self) -> None:
        async def nobody(link: Stream) -> None:
            await link.close()

        async with spoken(nobody) as place:
            with pytest.raises(ConnectionLost):
                await place.connect()

    async def test_a_broken_packet(self) -> None:
        async def broken(link: Stream) -> None:
            await link.write(b"SSH-2.0-broken\r\n" + b"\xff" * 64)
            await link.read_exactly(4096)

        async with spoken(broken) as place:
            with pytest.raises(RemoteProtocolError):
                await place.connect()

    async def test_nothing_in_common(self) -> None:
        async def old(link: Stream) -> None:
            from netloom.wire import ssh

            offer = ssh.KexInit(
                cookie=bytes(16),
                kex=("diffie-hellman-group1-sha1",),
                host_key=("ssh-dss",),
                ciphers_c2s=("3des-cbc",),
                ciphers_s2c=("3des-cbc",),
                macs_c2s=("hmac-md5",),
                macs_s2c=("hmac-md5",),
                compression_c2s=("none",),
                compression_s2c=("none",),
            )
            await link.write(b"SSH-2.0-old\r\n" + ssh.emit_packet(ssh.emit_kexinit(offer)))
            while await link.read():
                pass

        async with spoken(old) as place:
            with pytest.raises(NetworkError, match="key exchange failed") as caught:
                await place.connect()
            assert caught.value.status is Status.TLS_ERROR

    async def test_cancelling_leaves_nothing(self) -> None:
        gone = asyncio.Event()

        async def silent(link: Stream) -> None:
            await link.read_line()
            try:
                while await link.read():
                    pass
            finally:
                gone.set()

        async with spoken(silent) as place:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.05):
                    await place.connect()
            await place.close()
            await gone.wait()


class TestChannels:
    async def test_a_command(self) -> None:
        async with served() as place:
            stream = await (await place.connect()).session("echo hello; cat nothing; exit 3")
            await stream.write_eof()
            assert [chunk async for chunk in stream] == [b"hello\n"]
            await stream.ended()
            assert stream.exit_status == 3
            assert stream.stderr.endswith(b"nothing: No such file or directory\n")

    async def test_many_at_once(self) -> None:
        async with served() as place:
            connection = await place.connect()

            async def ask(number: int) -> bytes:
                stream = await connection.session(f"echo {number}")
                return await stream.read_line()

            answers = await asyncio.gather(*(ask(number) for number in range(8)))
            assert answers == [f"{number}\n".encode() for number in range(8)]

    async def test_a_shell_at_a_terminal(self) -> None:
        async with served() as place:
            stream = await (await place.connect()).session(terminal=Terminal("vt100", 100, 30))
            await stream.expect(r"tester@loom:~\$ ")
            await stream.write(b"whoami\r")
            await stream.expect(r"whoami\r\ntester\r\n")
            stream.resize(120, 40)
            await stream.write(b"exit 4\r")
            await stream.ended()
            assert stream.exit_status == 4

    async def test_the_environment_goes_along(self) -> None:
        async with served() as place:
            stream = await (await place.connect()).session("echo $COLOUR", environment={"COLOUR": "green"})
            assert await stream.read_line() == b"green\n"

    async def test_what_the_server_refuses(self) -> None:
        async with served() as place:
            connection = await place.connect()
            with pytest.raises(PeerRefused):
                await connection.session(subsystem="sftp")
            with pytest.raises(PeerRefused, match="forwarding isn't allowed") as caught:
                await connection.direct("127.0.0.1", 9)
            assert caught.value.code == asyncssh.OPEN_ADMINISTRATIVELY_PROHIBITED

    async def test_illegal_commands_are_not_sent(self) -> None:
        async with served() as place:
            connection = await place.connect()
            for command in ("", "a\0b"):
                with pytest.raises(LocalProtocolError):
                    await connection.session(command)

    async def test_a_lost_connection_is_told(self) -> None:
        async with served() as place:
            connection = await place.connect()
            stream = await connection.session()
            connection.raw.abort()
            with pytest.raises(ConnectionLost):
                await stream.read_exactly(10_000)
            with pytest.raises(PeerRefused):
                await connection.session("true")
