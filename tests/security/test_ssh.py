"""SSH: whose key isn't known is told nothing; a key exchange is strict; who doesn't log in is let go."""

from __future__ import annotations

import asyncio
import contextlib
import os
import struct
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncssh
import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from netloom.accounts import Accounts
from netloom.errors import LocalProtocolError, NetloomError, Status
from tests.security.house import HANG, House, everything, peer, record, records

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from netloom.links.stream import Stream

CANARY = "c4n4ry-ssh"
QUIET = "config=none,agent=none"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home."""
    folder = tmp_path / "home"
    (folder / ".ssh").mkdir(parents=True, mode=0o700)
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    return folder


def a_key() -> str:
    return asyncssh.generate_private_key("ssh-ed25519").export_public_key("openssh").decode().strip()


async def run(house: House, options: str) -> Any:
    target = f"ssh://ann:{CANARY}@127.0.0.1:{house.port}#{QUIET}{',' if options else ''}{options}"
    return await record(house.network, "run", target, "echo loom", deadline=HANG)


class TestHostKeys:
    @pytest.mark.parametrize(
        "known", ["nothing", "another key", "another's key", "revoked", "another pin", "new, but changed"]
    )
    async def test_who_is_not_known_is_told_nothing(self, known: str, home: Path) -> None:
        async with House("ssh://127.0.0.1:0", accounts=[f"ann:{CANARY}"]) as house:
            own = house.serving.records[0].trust["hostkey"]
            real = asyncssh.read_private_key(str(home.parent / "state/netloom/ssh/host_ed25519_key"))
            line = real.export_public_key("openssh").decode().strip()
            place = f"[127.0.0.1]:{house.port}"
            text, options = {
                "nothing": ("", ""),
                "another key": (f"{place} {a_key()}\n", ""),
                "another's key": (f"[127.0.0.2]:{house.port} {line}\n", ""),
                "revoked": (f"{place} {line}\n@revoked {place} {line}\n", ""),
                "another pin": (f"{place} {line}\n", "hostkey=SHA256:" + "A" * 43),
                "new, but changed": (f"{place} {a_key()}\n", "hostkey=accept-new"),
            }[known]
            (home / ".ssh/known_hosts").write_text(text)
            found = await run(house, options)
            assert found.status is Status.TLS_ERROR, found.message
            assert own in found.message
            assert not house.asked()
            assert (home / ".ssh/known_hosts").read_text() == text
            (home / ".ssh/known_hosts").write_text(f"{place} {line}\n")
            assert (await run(house, "")).status is Status.SUCCESS

    async def test_the_pinned_one_is_the_only_one(self) -> None:
        async with House("ssh://127.0.0.1:0", accounts=[f"ann:{CANARY}"]) as house:
            assert (await run(house, f"hostkey={house.serving.records[0].trust['hostkey']}")).status is Status.SUCCESS

    async def test_a_jump_host_is_checked_as_well(self) -> None:
        async with House("ssh://127.0.0.1:0#forward=loopback", accounts=[f"ann:{CANARY}"]) as house:
            hop = f"ssh://ann:{CANARY}@127.0.0.1:{house.port}".replace(":", "%3A").replace("@", "%40")
            (found,) = await records(
                house.network, "run", f"ssh://eve@127.0.0.1:{house.port}#{QUIET},hostkey=no,proxy={hop}", "true"
            )
            assert found.status is not Status.SUCCESS  # type: ignore[attr-defined]  # a reply's record
            assert not house.asked()

    def test_the_servers_own_key_is_for_its_owner_alone(self, home: Path) -> None:
        from netloom.links.ssh.hostkeys import identity

        old = os.umask(0)
        try:
            identity("")
        finally:
            os.umask(old)
        (key,) = (home.parent / "state").rglob("host_ed25519_key")
        assert key.stat().st_mode & 0o077 == 0
        assert key.parent.stat().st_mode & 0o077 == 0
        shown = key.with_name("shown")
        shown.write_bytes(key.read_bytes())
        shown.chmod(0o644)
        with pytest.raises(NetloomError, match="others can read"):
            identity(str(shown))


# A key exchange by hand (RFC 4253 §6, §7)

KEX_REPLY = 31


def packet(payload: bytes) -> bytes:
    padding = 8 - (5 + len(payload)) % 8
    padding += 8 * (padding < 4)
    return struct.pack("!IB", 1 + len(payload) + padding, padding) + payload + bytes(padding)


def kexinit(*marks: str) -> bytes:
    lists = [
        ",".join(("curve25519-sha256", *marks)), "ssh-ed25519", *["aes256-ctr"] * 2, *["hmac-sha2-256"] * 2,
        *["none"] * 2, "", "",
    ]  # fmt: skip
    names = b"".join(struct.pack("!I", len(text)) + text.encode() for text in lists)
    return packet(bytes([20]) + bytes(16) + names + bytes(5))


def exchange() -> bytes:
    public = X25519PrivateKey.generate().public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return packet(bytes([30]) + struct.pack("!I", len(public)) + public)


IGNORE = packet(bytes([2]) + bytes(4))
DEBUG = packet(bytes([4, 0]) + bytes(8))


def kinds(said: bytes) -> list[int]:
    """The message numbers of plain packets."""
    found = []
    while len(said) >= 6:
        size = int.from_bytes(said[:4])
        if size > 35_000:
            break  # encrypted from here on
        found.append(said[5])
        said = said[4 + size :]
    return found


class TestStrictKeyExchange:
    """CVE-2023-48795: nothing may be slipped in before the keys are there."""

    @pytest.mark.parametrize("extra", [IGNORE, DEBUG, b""], ids=["IGNORE", "DEBUG", "nothing"])
    @pytest.mark.parametrize("strict", [True, False])
    async def test_the_server_ends_where_something_is_slipped_in(self, strict: bool, extra: bytes) -> None:
        async with asyncio.timeout(HANG), House("ssh://127.0.0.1:0#host_key=none,login_grace=2") as house:
            stream = await house.raw()
            await stream.read_line()
            mark = ("kex-strict-c-v00@openssh.com",) if strict else ()
            await stream.write(b"SSH-2.0-eve\r\n" + kexinit(*mark) + extra + exchange())
            heard = bytearray()
            with contextlib.suppress(NetloomError):
                while KEX_REPLY not in kinds(bytes(heard)) and (more := await stream.read()):
                    heard += more
            assert (KEX_REPLY in kinds(bytes(heard))) is not (strict and bool(extra))

    @pytest.mark.parametrize("strict", [True, False])
    async def test_so_does_the_client(self, strict: bool) -> None:
        async def eve(link: Stream) -> None:
            mark = ("kex-strict-s-v00@openssh.com",) if strict else ()
            await link.write(b"SSH-2.0-eve\r\n" + kexinit(*mark) + IGNORE)
            await everything(link)

        async with peer(eve) as house:
            target = f"ssh://ann:{CANARY}@127.0.0.1:{house.port}#{QUIET},hostkey=no"
            deadline = HANG if strict else 0.3
            found = await record(house.network, "run", target, "true", deadline=deadline)
            assert found.status is (Status.PROTOCOL_ERROR if strict else Status.TIMEOUT), found.message

    async def test_both_sides_say_so(self) -> None:
        async with House("ssh://127.0.0.1:0#host_key=none") as house:
            stream = await house.raw()
            await stream.read_line()
            await stream.write(b"SSH-2.0-eve\r\n")
            assert b"kex-strict-s-v00@openssh.com" in await stream.read()
            await run(house, "hostkey=no")
            assert b"kex-strict-c-v00@openssh.com" in house.sent


class TestWhoHasNotLoggedIn:
    async def test_has_a_time_for_it(self) -> None:
        """Also where it goes on talking."""
        async with asyncio.timeout(HANG), House("ssh://127.0.0.1:0#host_key=none,login_grace=0.3") as house:
            silent, talking = await house.raw(), await house.raw()

            async def talk() -> None:
                await talking.write(b"SSH-2.0-eve\r\n" + kexinit())
                while True:
                    await talking.write(IGNORE)
                    await asyncio.sleep(0.02)

            work = asyncio.ensure_future(talk())
            await everything(silent)
            await everything(talking)
            work.cancel()
            await asyncio.wait({work})

    async def test_is_one_of_few(self) -> None:
        """Also where all come at once."""
        async with asyncio.timeout(HANG), House("ssh://127.0.0.1:0#max_startups=3,login_grace=20") as house:
            streams = [await house.raw() for _ in range(20)]
            greeted = await asyncio.gather(*(_greeted(stream) for stream in streams))
            assert sum(greeted) == 3

    async def test_has_few_attempts(self) -> None:
        accounts = Accounts.from_texts([f"ann:{CANARY}"])
        accounts.throttle.free = 100  # its delays are another test's business
        async with (
            asyncio.timeout(HANG),
            House("ssh://127.0.0.1:0#host_key=none,max_auth_tries=3", accounts=accounts) as house,
        ):
            await _guess(house)
            refusals = [one for one in house.access if one.status == "refused"]
            assert len(refusals) == 3
            assert CANARY not in repr(house.access)
            assert "guess-" not in repr(house.access)


async def _greeted(stream: Stream) -> bool:
    try:
        return (await stream.read_line()).startswith(b"SSH-2.0-")
    except NetloomError:
        return False


class _Guesser(asyncssh.SSHClient):
    """Says another password each time."""

    def __init__(self) -> None:
        self.said = 0

    def password_auth_requested(self) -> str:
        self.said += 1
        return f"guess-{self.said}"

    def kbdint_auth_requested(self) -> None:
        return None

    def public_key_auth_requested(self) -> None:
        return None


async def _guess(house: House) -> None:
    from netloom.links.ssh.handover import Handover

    stream = await house.raw()

    class Tunnel:
        async def create_connection(self, factory: Any, host: str, port: int) -> Any:
            made = factory()
            Handover.of(stream)
            stream.attach(made)
            return stream.transport, made

    with contextlib.suppress(asyncssh.Error, OSError):
        await asyncssh.connect(
            "127.0.0.1", house.port, tunnel=Tunnel(), client_factory=_Guesser, username="ann", known_hosts=None,
            config=None,
            agent_path=None, client_keys=None, options=asyncssh.SSHClientConnectionOptions(password=None),
        )  # fmt: skip


class TestWhatIsServed:
    @pytest.mark.parametrize(
        "command",
        [
            "cat /etc/passwd", "cat /proc/self/environ", "cat ../../../../etc/shadow",
            "echo $HOME; cat $HOME/.ssh/known_hosts",
            "echo x > %s", "touch %s", "$(touch %s)", "`touch %s`", "true; touch %s", "sh -c 'touch %s'",
            "cp /etc/passwd %s",
        ],
    )  # fmt: skip
    async def test_nothing_of_this_machine(self, command: str, tmp_path: Path, home: Path) -> None:
        (home / ".ssh/known_hosts").write_text("# a secret of this machine\n")
        mark = tmp_path / "touched"
        async with House("ssh://127.0.0.1:0#host_key=none", accounts=[f"ann:{CANARY}"]) as house:
            target = f"ssh://ann:{CANARY}@127.0.0.1:{house.port}#{QUIET},hostkey=no"
            found = await record(house.network, "run", target, command.replace("%s", str(mark)), deadline=HANG)
            said = (found.body or b"") + str(found.meta).encode()
            assert Path("/etc/passwd").read_bytes()[:200] not in said
            assert b"a secret of this machine" not in said
            assert b"PYTEST" not in said
            assert not mark.exists()

    @pytest.mark.parametrize("what", ["sftp", "netconf", "direct-tcpip", "remote forward", "x11"])
    async def test_nothing_that_was_not_asked_for(self, what: str) -> None:
        from netloom.links.ssh.client import connect
        from netloom.links.ssh.options import SSHOptions
        from tests.links.ssh.servers import served

        async with served(*Accounts.from_texts([f"ann:{CANARY}"])) as place:
            dial, endpoint, own = place.dial(place.url(f"ann:{CANARY}"), SSHOptions)
            connection = await connect(dial, endpoint, own)
            raw = connection.raw
            wants: dict[str, Callable[[], Awaitable[Any]]] = {
                "direct-tcpip": lambda: raw.open_connection("127.0.0.1", place.endpoint.port or 0),
                "remote forward": lambda: raw.forward_remote_port("", 0, "127.0.0.1", 9),
                "x11": lambda: raw.create_process("true", x11_forwarding=True, x11_display="127.0.0.1:0"),
            }
            want = wants.get(what, lambda: connection.session(subsystem=what))
            with pytest.raises((NetloomError, asyncssh.Error, asyncssh.ChannelListenError, asyncssh.ChannelOpenError)):
                await want()

    async def test_a_command_has_no_nul(self) -> None:
        async with House("ssh://127.0.0.1:0#host_key=none", accounts=[f"ann:{CANARY}"]) as house:
            with pytest.raises(LocalProtocolError):
                raise _error_of(
                    await record(
                        house.network, "run", f"ssh://ann:{CANARY}@127.0.0.1:{house.port}#{QUIET},hostkey=no", "a\0b"
                    )
                )
            assert not [one for one in house.access if one.verb == "EXEC"]


def _error_of(found: Any) -> Exception:
    return LocalProtocolError(found.message) if found.status is Status.INVALID_INPUT else AssertionError(found)
