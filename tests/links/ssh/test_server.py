"""The server's side of SSH: who comes in, and what nobody can make it keep."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import asyncssh
import pytest

from netloom.accounts import Account
from netloom.endpoint import Secret
from netloom.errors import ConnectionLost, NetloomError, PeerRefused, Unauthenticated
from netloom.links.ssh.client import Connection, Way, connect, log_in
from netloom.links.ssh.look import look
from netloom.links.ssh.settle import settle
from netloom.wire import ssh
from tests.links.ssh.servers import Place, served
from tests.protocols.places import body, places

if TYPE_CHECKING:
    from netloom.links.stream import Stream

ANN = Account(name="ann", password=Secret("secret"))


async def raw(place: Place) -> Stream:
    """A stream to it, on which nothing was said."""
    dial, endpoint, _ = place.dial(place.url())
    return await dial.stream(endpoint)


class TestLogin:
    async def test_anybody_comes_in_where_there_are_no_accounts(self) -> None:
        async with served() as place:
            assert (await place.connect("guest")).user == "guest"
            assert place.said("LOGIN") == [("guest", "", "anonymous")]

    @pytest.mark.parametrize("anonymous", [True, False])
    @pytest.mark.parametrize("who", ["guest", "", "guest:secret"])
    async def test_nobody_but_they_where_there_are_some(self, who: str, anonymous: bool) -> None:
        """Also where anybody may read what other protocols serve."""
        async with served(ANN, anonymous=anonymous) as place:
            with pytest.raises(Unauthenticated):
                await place.connect(who)
            assert not [one for one in place.said("LOGIN") if one[2] != "refused"]

    async def test_nobody_where_they_may_not_even_read(self) -> None:
        async with served(anonymous=False) as place:
            with pytest.raises(Unauthenticated):
                await place.connect("guest")

    async def test_a_known_name_needs_its_proof(self) -> None:
        async with served(ANN) as place:
            with pytest.raises(Unauthenticated):
                await place.connect("ann")

    async def test_without_accounts_there_are_no_ways_in(self) -> None:
        async with served(anonymous=False) as place:
            assert await look(*place.dial(place.url("ann"))).auth_methods() == []

    async def test_by_keyboard_interactive(self) -> None:
        async with served(ANN) as place:
            dial, endpoint, options = place.dial(place.url("ann:secret"))
            settled = await settle(endpoint, options)
            stream = await dial.stream(endpoint)
            connection = await log_in(dial, stream, settled)
            # The server names it before the password, so that is how it was done.
            assert connection.method == "keyboard-interactive"

    async def test_attempts_are_bounded(self) -> None:
        class Stubborn(asyncssh.SSHClient):
            tries = 0

            def password_auth_requested(self) -> str:
                self.tries += 1
                return "wrong"

        async with served(ANN, options="host_key=none,max_auth_tries=3") as place:
            client = Stubborn()
            told: Any = {"tunnel": Way(await raw(place)), "client_factory": lambda: client}
            with pytest.raises(asyncssh.PermissionDenied, match="Too many authentication failures"):
                await asyncssh.connect(
                    "x",
                    username="ann",
                    known_hosts=None,
                    config=None,
                    client_keys=None,
                    preferred_auth="password",
                    **told,
                )
            assert client.tries == 3

    async def test_the_user_cannot_change_a_password(self, monkeypatch: pytest.MonkeyPatch) -> None:
        class Changing(asyncssh.SSHClient):
            def password_change_requested(self, prompt: str, lang: str) -> tuple[str, str]:
                return "secret", "another"

        # Unasked: asyncssh's client would wait until the server wants it.
        monkeypatch.setattr("asyncssh.auth._ClientPasswordAuth._start", lambda auth: auth._change_password("", ""))
        async with served(ANN, options="host_key=none,max_auth_tries=3") as place:
            told: Any = {"tunnel": Way(await raw(place)), "client_factory": Changing}
            with pytest.raises(asyncssh.PermissionDenied, match="Too many authentication failures"):
                await asyncssh.connect(
                    "x",
                    username="ann",
                    known_hosts=None,
                    config=None,
                    client_keys=None,
                    preferred_auth="password",
                    **told,
                )
        assert place.said("LOGIN") == []


class TestLimits:
    async def test_login_has_a_time(self) -> None:
        async with served(ANN, options="host_key=none,login_grace=0.05") as place:
            stream = await raw(place)
            assert await stream.read_line() == b"SSH-2.0-netloom\r\n"
            with pytest.raises(ConnectionLost):
                await stream.read_exactly(100_000)

    async def test_those_who_have_not_logged_in_are_few(self) -> None:
        async with served(ANN, options="host_key=none,max_startups=2") as place:
            waiting = [await raw(place) for _ in range(2)]
            for stream in waiting:
                await stream.read_line()
            with pytest.raises(ConnectionLost):
                await (await raw(place)).read_line()
            await waiting[0].close()
            # Its place is free, and whoever has logged in doesn't need one.
            for _ in range(5):
                assert (await self.patiently(place)).user == "ann"

    @staticmethod
    async def patiently(place: Place) -> Connection:
        while True:
            try:
                return await place.connect("ann:secret")
            except ConnectionLost:
                await asyncio.sleep(0)

    async def test_sessions_are_few(self) -> None:
        async with served(options="host_key=none,max_sessions=2") as place:
            connection = await place.connect()
            streams = [await connection.session() for _ in range(2)]
            with pytest.raises(PeerRefused, match="too many sessions"):
                await connection.session("true")
            await streams[0].write_eof()
            await streams[0].ended()
            stream = await connection.session("true")
            await stream.ended()
            assert stream.exit_status == 0

    async def test_an_idle_client_is_let_go(self) -> None:
        async with served(options="host_key=none,idle=0.05") as place:
            connection = await place.connect()
            await connection.raw.wait_closed()
            connection = await place.connect()
            stream = await connection.session()
            await stream.ended()
            assert stream.exit_status is None

    async def test_the_environment_is_bounded(self) -> None:
        async with served() as place:
            connection = await place.connect()
            stream = await connection.session("sleep 50", environment={"A": "x" * 30_000})
            for number in range(20):
                name, value = f"B{number}".encode(), b"x" * 30_000
                stream.channel._send_request(b"env", ssh.emit_string(name), ssh.emit_string(value))
            with pytest.raises(NetloomError):
                await stream.ended()

    async def test_what_is_no_ssh_is_closed(self) -> None:
        async with served() as place:
            stream = await raw(place)
            assert await stream.read_line() == b"SSH-2.0-netloom\r\n"
            await stream.write(b"GET / HTTP/1.1\r\n\r\n")
            with pytest.raises(ConnectionLost):
                await stream.read_exactly(100_000)

    async def test_a_client_that_does_not_read_is_waited_for(self) -> None:
        async with served() as place:
            connection = await place.connect()
            stream = await connection.session("cat")
            stream.transport.pause_reading()
            data = b"x" * 500_000
            await stream.write(data)
            await stream.write_eof()
            stream.transport.resume_reading()
            assert len(b"".join([chunk async for chunk in stream])) == len(data)


class TestWhatIsOffered:
    async def test_strict_key_exchange_and_nothing_with_sha1(self) -> None:
        async with served() as place:
            greeting = (await place.connect()).greeting
            offer = greeting.proposal
            assert offer is not None
            assert offer.strict
            assert offer.host_key == ("ssh-ed25519",)
            assert not [name for name in (*offer.kex, *offer.macs_s2c) if "sha1" in name or name.startswith("gss")]

    async def test_no_subsystem_without_its_protocol(self) -> None:
        async with served() as place:
            with pytest.raises(PeerRefused):
                await (await place.connect()).session(subsystem="netconf")

    async def test_listening_for_a_client_is_refused(self) -> None:
        async with served(ANN, options="host_key=none,forward=any") as place:
            connection = await place.connect("ann:secret")
            with pytest.raises(asyncssh.ChannelListenError):
                await connection.raw.forward_remote_port("", 0, "127.0.0.1", 9)


class TestSharing:
    """What SSH carries shares a port, a connection and its login, and each has its own content and records."""

    async def test_a_shell_files_and_a_configuration_in_one_connection(self) -> None:
        urls = [f"{scheme}://127.0.0.1:2222#host_key=none" for scheme in ("ssh", "sftp", "netconf")]
        async with places(*urls, accounts=["ann:secret"]) as place:
            shell, files = (place.client(scheme, user="ann:secret") for scheme in ("ssh", "sftp"))
            assert {endpoint.port for endpoint in place.serving.endpoints} == {2222}
            assert len(place.serving._listeners) == 1
            assert await body(await files.get("/hello.txt")) == b"Hello from netloom.\n"
            assert await body(await shell.run("echo hi")) == b"hi\n"
            stream = await files.connection.session("echo beside")  # where files are open
            assert b"".join([chunk async for chunk in stream]) == b"beside\n"
            assert [entry.name async for entry in files.list("/")] == ["hello.txt"]
            stream = await files.connection.session(subsystem="netconf")
            assert b"urn:ietf:params:netconf:base:1." in await stream.read_until(b"</capabilities>")
            with pytest.raises(PeerRefused):
                await files.connection.session(subsystem="other")
            assert {(one.protocol, one.verb) for one in place.reports} >= {
                ("sftp", "GET"), ("sftp", "LIST"), ("ssh", "EXEC"),
            }  # fmt: skip

    @pytest.mark.parametrize("scheme", ["ssh", "sftp"])
    async def test_what_is_not_served_is_not_there(self, scheme: str) -> None:
        async with places(f"{scheme}://127.0.0.1:0#host_key=none", accounts=["ann:secret"]) as place:
            client = place.client(scheme, user="ann:secret")
            connection = await connect(client.dial, client.endpoint, client.options)
            wanted: dict[str, Any] = {"command": "echo hi"} if scheme == "sftp" else {"subsystem": "sftp"}
            with pytest.raises(PeerRefused):
                await connection.session(**wanted)
            await connection.close()


class TestStopping:
    async def test_an_idle_shell_does_not_hold_it_up(self) -> None:
        async with served() as place:
            stream = await (await place.connect()).session()
        await stream.ended()
        assert stream.exit_status is None

    async def test_a_lost_client_ends_its_command(self) -> None:
        async with served() as place:
            connection = await place.connect()
            await connection.session("sleep 50")
            connection.raw.abort()
            await connection.raw.wait_closed()
            # Serving stops at once: had the command gone on, it would wait for it
