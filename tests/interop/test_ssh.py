"""SSH meets others: our client and sshd, Dropbear, paramiko; our server and ssh, dbclient, plink, paramiko."""

from __future__ import annotations

import asyncio
import contextlib
import getpass
import os
import pty
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import paramiko
import pytest

from netloom.accounts import Account, Accounts
from netloom.contents.echo import Echo
from netloom.endpoint import Endpoint, Secret
from netloom.errors import Status, Unauthenticated
from netloom.links.ssh.hostkeys import host_key, state_file
from netloom.protocols.ssh.probe import Facts, probe
from netloom.records import ReplyRecord
from netloom.runs import Run
from netloom.serving import Serving
from netloom.toolbox import Toolbox
from tests.interop.peers import need
from tests.interop.ssh_peers import (
    PASSWORD,
    USER,
    Place,
    agent,
    askpass,
    dropbear,
    make_key,
    paramiko_server,
    run,
    sshd,
    told,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence
    from pathlib import Path

    from netloom.attempts import Attempt
    from netloom.records import AccessRecord

pytestmark = pytest.mark.interop

LOGIN = f"{USER}:{quote(PASSWORD)}@"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Nobody's own keys, hosts and agents come into these tests."""
    folder = tmp_path / "home"
    (folder / ".ssh").mkdir(parents=True, mode=0o700)
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    return folder


@contextlib.asynccontextmanager
async def attempt(url: str) -> AsyncIterator[Attempt]:
    """A client that is looked after; what goes wrong is raised."""

    async def forget(record: object) -> None: ...

    toolbox = Toolbox(forget)
    made = toolbox.attempt(Endpoint.parse(url), 30.0)
    async with made:
        yield made
    toolbox.close()
    if made.error is not None:
        raise made.error


async def ask(url: str, command: str) -> ReplyRecord:
    record: object = await Run.prepare("run", (url, command), {"deadline": 30.0})
    assert isinstance(record, ReplyRecord)
    return record


async def looked(url: str) -> Facts:
    facts = Facts()
    async with attempt(url) as made:
        await probe(made.client, facts)
    return facts


@pytest.mark.meets(server="OpenSSH")
class TestOurClientAndOpenSSH:
    @pytest.fixture
    def server(self, tmp_path: Path) -> Iterator[Place]:
        with sshd(tmp_path) as place:
            yield place

    def url(self, place: Place, told: str = "hostkey=no") -> str:
        return f"ssh://127.0.0.1:{place.port}#identity={place.key},{told}"

    async def test_probe(self, server: Place) -> None:
        facts = await looked(f"ssh://127.0.0.1:{server.port}#hostkey=no,all_host_keys")
        assert facts.software.startswith("OpenSSH_")
        assert (facts.version, facts.strict_kex) == ("2.0", True)
        assert facts.host_keys == server.fingerprints
        assert "publickey" in facts.auth_methods
        assert (facts.logged_in, facts.user) == (False, getpass.getuser())
        offered = run("ssh", "-Q", "cipher").split()
        assert set(facts.ciphers) <= set(offered)
        assert "curve25519-sha256" in facts.kex

    async def test_a_command(self, server: Place) -> None:
        record = await ask(self.url(server), "echo out; echo err >&2; exit 7")
        assert (record.body, record.meta["stderr"], record.exit_status) == (b"out\n", "err\n", 7)
        assert list(record.phases)[:4] == ["resolve", "connect", "greeting", "auth"]

    async def test_a_signal(self, server: Place) -> None:
        record = await ask(self.url(server), "kill -TERM $$")
        assert (record.exit_status, record.meta["signal"]) == (143, "TERM")

    async def test_a_status_that_comes_after_the_output(self, server: Place) -> None:
        record = await ask(self.url(server), "echo early; exec >&- 2>&-; sleep 0.3; exit 9")
        assert (record.body, record.exit_status) == (b"early\n", 9)

    async def test_much_output_and_new_keys(self, server: Place) -> None:
        record = await ask(self.url(server, "hostkey=no,rekey_bytes=1048576"), "head -c 5000000 /dev/zero")
        assert record.size == 5_000_000

    async def test_a_terminal(self, server: Place) -> None:
        async with attempt(self.url(server)) as made:
            stream = await made.client.open()
            stream.resize(123, 45)
            await stream.write(b"stty size; exit 3\n")
            await stream.expect(r"45 123\r\n")
            await stream.ended()
            assert stream.exit_status == 3

    async def test_an_agent(self, server: Place, tmp_path: Path) -> None:
        with agent(tmp_path, server.key) as place:
            record = await ask(f"ssh://127.0.0.1:{server.port}#hostkey=no,agent={place}", "echo in")
        assert record.body == b"in\n"

    async def test_a_default_key_with_the_configuration(self, server: Place, home: Path) -> None:
        (home / ".ssh" / "config").write_text(
            f"Host edge\n HostName 127.0.0.1\n Port {server.port}\n IdentityFile {server.key}\n"
        )
        assert (await ask("ssh://edge#hostkey=no", "echo in")).body == b"in\n"

    async def test_no_key_gets_nobody_in(self, server: Place) -> None:
        record = await ask(f"ssh://127.0.0.1:{server.port}#hostkey=no", "true")
        assert record.status is Status.UNAUTHENTICATED
        assert "publickey" in record.message

    async def test_known_hosts_as_ssh_keyscan_makes_them(self, server: Place, home: Path, tmp_path: Path) -> None:
        known = home / ".ssh" / "known_hosts"
        known.write_text(server.known_hosts())
        assert (await ask(self.url(server, "hostkey=yes"), "echo in")).body == b"in\n"
        known.write_text(f"[127.0.0.1]:{server.port} {make_key(tmp_path / 'x').with_suffix('.pub').read_text()}")
        record = await ask(self.url(server, "hostkey=yes"), "true")
        assert record.status is Status.TLS_ERROR
        assert server.fingerprints["ssh-ed25519"] in record.message

    async def test_a_known_key_that_is_not_the_preferred_one(self, server: Place, home: Path) -> None:
        lines = [line for line in server.known_hosts().splitlines() if " ssh-rsa " in line]
        (home / ".ssh" / "known_hosts").write_text("\n".join(lines) + "\n")
        assert (await looked(self.url(server, "hostkey=yes"))).host_key_type == "ssh-rsa"

    async def test_what_we_remember_ssh_takes(self, server: Place, home: Path) -> None:
        await ask(self.url(server, "hostkey=accept-new"), "true")
        known = home / ".ssh" / "known_hosts"
        strict = ["-o", "StrictHostKeyChecking=yes", "-o", f"UserKnownHostsFile={known}"]
        code, out, err = await told(
            "ssh", "-F", "none", *strict, "-i", server.key, "-p", str(server.port), "127.0.0.1", "echo in"
        )
        assert (code, out) == (0, b"in\n"), err

    async def test_a_host_certificate(self, tmp_path: Path, home: Path) -> None:
        authority = make_key(tmp_path / "authority")
        make_key(tmp_path / "host_ecdsa", "ecdsa")
        run("ssh-keygen", "-q", "-s", authority, "-h", "-I", "x", "-n", "127.0.0.1", tmp_path / "host_ecdsa.pub")
        certified = f"HostKey {tmp_path}/host_ecdsa\nHostCertificate {tmp_path}/host_ecdsa-cert.pub"
        with sshd(tmp_path, ("ed25519",), certified) as server:
            (home / ".ssh" / "known_hosts").write_text(
                f"@cert-authority [127.0.0.1]:{server.port} {authority.with_suffix('.pub').read_text()}"
            )
            assert (await ask(self.url(server, "hostkey=yes"), "echo in")).body == b"in\n"
            facts = await looked(f"ssh://127.0.0.1:{server.port}#hostkey=yes")
            assert facts.host_key_type == "ecdsa-sha2-nistp256-cert-v01@openssh.com"

    async def test_by_way_of_it(self, server: Place) -> None:
        way = f"ssh://127.0.0.1:{server.port}%23hostkey=no%2Cidentity={server.key}"
        async with (
            Serving([Endpoint.parse("tcp://127.0.0.1:0")], [Echo()]) as echo,
            attempt(f"{echo.endpoint}#proxy={way}") as made,
        ):
            stream = await made.client.open()
            await stream.write(b"through")
            assert await stream.read_exactly(7) == b"through"
        # Through itself to itself
        record = await ask(self.url(server, f"hostkey=no,proxy={way}"), "echo in")
        assert record.body == b"in\n"
        record = await ask(f"ssh://127.0.0.1:1#hostkey=no,proxy={way}", "true")
        assert record.status is Status.REFUSED_BY_PEER

    async def test_it_is_recorded(self, server: Place, tmp_path: Path) -> None:
        place = tmp_path / "run.pcapng"
        fields: dict[str, Any] = {"record": str(place), "deadline": 30.0}
        await Run.prepare("run", (self.url(server), "echo in"), fields)
        assert b"SSH-2.0-netloom\r\n" in place.read_bytes()


@pytest.mark.meets(server="Dropbear")
class TestOurClientAndDropbear:
    async def test_probe_and_what_it_lets_in(self, tmp_path: Path, home: Path) -> None:
        with dropbear(tmp_path) as server:
            facts = await looked(f"ssh://127.0.0.1:{server.port}#hostkey=no")
            assert facts.software.startswith("dropbear")
            assert facts.auth_methods == ("publickey",)
            assert facts.host_key_type == "ssh-ed25519"
            record = await ask(f"ssh://127.0.0.1:{server.port}#hostkey=no,identity={server.key}", "true")
            assert record.status is Status.UNAUTHENTICATED


@pytest.mark.meets(server="paramiko")
class TestOurClientAndParamiko:
    @pytest.mark.parametrize("methods", ["password", "keyboard-interactive", "publickey,keyboard-interactive,password"])
    async def test_a_password(self, methods: str) -> None:
        with paramiko_server(methods) as (port, _):
            record = await ask(f"ssh://{LOGIN}127.0.0.1:{port}#hostkey=no", "hello")
            assert (record.body, record.exit_status) == (b"you said: hello\n", 5)
            assert record.meta["stderr"] == "on paramiko\n"

    async def test_a_wrong_one_is_tried_once(self) -> None:
        with paramiko_server("password") as (port, gate):
            with pytest.raises(Unauthenticated, match="it takes password"):
                await looked(f"ssh://ann:wrong@127.0.0.1:{port}#hostkey=no")
            assert gate.tries == ["password"]

    async def test_probe(self) -> None:
        with paramiko_server("password,publickey") as (port, gate):
            facts = await looked(f"ssh://127.0.0.1:{port}#hostkey=no")
            assert facts.software.startswith("paramiko_")
            assert sorted(facts.auth_methods) == ["password", "publickey"]
            assert gate.tries == []


class Ours:
    """Our server, and how others reach it."""

    def __init__(self, port: int, folder: Path, key: Path, reports: list[AccessRecord]) -> None:
        self.port = port
        self.folder = folder
        self.key = key
        self.reports = reports
        self.known = folder / "ours"
        self.known.write_text(f"[127.0.0.1]:{port} {host_key('').export_public_key().decode()}")

    def ssh(self, *arguments: str, user: str = USER, key: bool = True, more: Sequence[str] = ()) -> list[str]:
        """OpenSSH's client, strict as it is by default."""
        options = ["-F", "none", "-o", f"UserKnownHostsFile={self.known}", "-o", "StrictHostKeyChecking=yes"]
        who = ["-i", str(self.key), "-o", "IdentitiesOnly=yes"] if key else ["-o", "PubkeyAuthentication=no"]
        place = ["-p", str(self.port), f"{user}@127.0.0.1"]
        return [need("ssh", "openssh-client"), *options, *who, *more, *place, *arguments]


@contextlib.asynccontextmanager
async def ours(folder: Path, options: str = "", *, open_to_all: bool = False) -> AsyncIterator[Ours]:
    """Our server with `ann`, who may come in by key and by password, or without any account."""
    key = make_key(folder / "ann")
    line = key.with_suffix(".pub").read_text().strip()
    accounts = Accounts([] if open_to_all else [Account(name=USER, password=Secret(PASSWORD), keys=(line,))])
    reports: list[AccessRecord] = []
    wanted = [Endpoint.parse(f"ssh://127.0.0.1:0#{options}" if options else "ssh://127.0.0.1:0")]
    async with Serving(wanted, accounts=accounts, report=reports.append) as serving:
        yield Ours(serving.endpoint.port or 0, folder, key, reports)


@pytest.mark.meets(client="OpenSSH")
class TestOpenSSHAndOurServer:
    async def test_a_command(self, tmp_path: Path) -> None:
        async with ours(tmp_path) as it:
            code, out, err = await told(*it.ssh("whoami; cat nothing; exit 4"))
            assert (code, out) == (4, b"ann\n")
            assert b"nothing: No such file" in err

    async def test_the_host_key_is_kept_and_told(self, tmp_path: Path) -> None:
        async with ours(tmp_path) as it:
            code, out, err = await told(need("ssh-keyscan", "openssh-client"), "-p", str(it.port), "127.0.0.1")
            assert code == 0, err
            assert out.decode().split()[2] == host_key("").export_public_key().decode().split()[1]
            assert state_file().stat().st_mode & 0o777 == 0o600

    @pytest.mark.parametrize("method", ["password", "keyboard-interactive"])
    async def test_a_password(self, tmp_path: Path, method: str) -> None:
        async with ours(tmp_path) as it:
            only = ("-o", f"PreferredAuthentications={method}")
            code, out, err = await told(*it.ssh("whoami", key=False, more=only), env=askpass(tmp_path))
            assert (code, out) == (0, b"ann\n"), err

    async def test_anybody_where_there_are_no_accounts(self, tmp_path: Path) -> None:
        async with ours(tmp_path, open_to_all=True) as it:
            code, out, err = await told(*it.ssh("whoami", user="guest", key=False))
            assert (code, out) == (0, b"guest\n"), err

    async def test_nobody_without_a_proof_where_there_are_some(self, tmp_path: Path) -> None:
        async with ours(tmp_path) as it:
            for user in ("guest", USER):
                code, out, err = await told(*it.ssh("whoami", user=user, key=False, more=("-o", "BatchMode=yes")))
                assert (code, out) == (255, b"")
                assert b"Permission denied (" in err

    async def test_what_is_piped_in(self, tmp_path: Path) -> None:
        async with ours(tmp_path) as it:
            data = os.urandom(500_000)
            code, out, err = await told(*it.ssh("cat", more=("-o", "RekeyLimit=100K")), stdin=data)
            assert (code, out == data) == (0, True), err

    async def test_a_script(self, tmp_path: Path) -> None:
        async with ours(tmp_path) as it:
            code, out, err = await told(*it.ssh(more=("-T",)), stdin=b"A=5\necho $A\nexit 6\n")
            assert (code, out) == (6, b"5\n"), err

    async def test_a_terminal(self, tmp_path: Path) -> None:
        async with ours(tmp_path) as it:
            other, mine = pty.openpty()
            process = await asyncio.create_subprocess_exec(
                *it.ssh(more=("-tt",)), stdin=mine, stdout=mine, stderr=mine, start_new_session=True
            )
            os.close(mine)
            try:
                async with asyncio.timeout(60):
                    await typed(other, b"", rb"ann@loom:~$ ")
                    await typed(other, b"echo hallo wrld\x1b[D\x1b[D\x1b[Do\r", b"\nhallo world\r\n")
                    await typed(other, b"sleep 50\r", b"sleep 50\r\n")
                    await typed(other, b"\x03", b"^C")
                    await typed(other, b"exit 3\r", b"")
                    assert await process.wait() == 3
            finally:
                os.close(other)

    async def test_it_is_a_jump_host_where_it_may(self, tmp_path: Path) -> None:
        async with (
            ours(tmp_path, "forward=loopback") as it,
            Serving([Endpoint.parse("tcp://127.0.0.1:0")], [Echo()]) as echo,
        ):
            code, out, err = await told(*it.ssh(more=("-W", echo.endpoint.authority)), stdin=b"through")
            assert (code, out) == (0, b"through"), err

    async def test_it_is_none_by_default(self, tmp_path: Path) -> None:
        async with ours(tmp_path) as it:
            code, _, err = await told(*it.ssh(more=("-W", "127.0.0.1:9")))
            assert code
            assert b"forwarding isn't allowed" in err

    async def test_a_wrong_key(self, tmp_path: Path) -> None:
        async with ours(tmp_path) as it:
            it.key = make_key(tmp_path / "eve")
            code, _, err = await told(*it.ssh("true", more=("-o", "BatchMode=yes")))
            assert code == 255
            assert b"Permission denied (publickey,keyboard-interactive,password)" in err


class TestOthersAndOurServer:
    @pytest.mark.meets(client="dbclient")
    async def test_dbclient(self, tmp_path: Path) -> None:
        program, convert = need("dbclient", "dropbear-bin"), need("dropbearconvert", "dropbear-bin")
        async with ours(tmp_path) as it:
            key = tmp_path / "dropbear"
            code, _, err = await told(convert, "openssh", "dropbear", it.key, key)
            assert code == 0, err
            code, out, err = await told(
                program, "-y", "-y", "-i", key, "-p", str(it.port), f"{USER}@127.0.0.1", "whoami; exit 4"
            )
            assert (code, out) == (4, b"ann\n"), err

    @pytest.mark.meets(client="plink")
    async def test_plink(self, tmp_path: Path) -> None:
        program = need("plink", "putty-tools")
        async with ours(tmp_path) as it:
            pin = host_key("").get_fingerprint()
            code, out, err = await told(
                program,
                "-batch",
                "-ssh",
                "-hostkey",
                pin,
                "-P",
                str(it.port),
                "-pw",
                PASSWORD,
                f"{USER}@127.0.0.1",
                "whoami",
            )
            assert (code, out) == (0, b"ann\n"), err

    @pytest.mark.meets(client="paramiko")
    async def test_paramiko(self, tmp_path: Path) -> None:
        async with ours(tmp_path) as it:
            out, err, status = await asyncio.to_thread(self._paramiko, it)
            assert (out, status) == (b"ann\n", 4)
            assert b"nothing: No such file" in err

    def _paramiko(self, it: Ours) -> tuple[bytes, bytes, int]:
        with paramiko.SSHClient() as client:
            client.load_host_keys(str(it.known))
            client.connect(
                "127.0.0.1", it.port, USER, password=PASSWORD, look_for_keys=False, allow_agent=False, timeout=30
            )
            files = client.exec_command("whoami; cat nothing; exit 4")
            out, err = files[1].read(), files[2].read()
            status = files[1].channel.recv_exit_status()
            for file in files:
                file.close()
            return out, err, status


async def typed(terminal: int, keys: bytes, answer: bytes) -> None:
    """Type at a terminal, and wait for what it shows."""
    os.write(terminal, keys)
    shown = b""
    while answer not in shown:
        try:
            shown += await asyncio.to_thread(os.read, terminal, 4096)
        except OSError:  # Linux: the other side has closed it
            return
