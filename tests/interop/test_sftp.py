"""SFTP meets others: our client and OpenSSH's servers, paramiko, asyncssh; our server and sftp, scp, lftp,
curl, paramiko, asyncssh."""

from __future__ import annotations

import asyncio
import contextlib
import os
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import asyncssh
import paramiko
import pytest

from netloom.accounts import Account, Accounts
from netloom.contents.files import Files
from netloom.endpoint import Endpoint, Secret
from netloom.errors import PeerRefused, Unauthenticated
from netloom.links.ssh.hostkeys import host_key
from netloom.protocols.sftp.probe import Facts, probe
from netloom.serving import Serving
from netloom.toolbox import Toolbox
from tests.interop.peers import free_port, need
from tests.interop.sftp_peers import PROGRAM, asyncssh_sftp, openssh, paramiko_sftp
from tests.interop.ssh_peers import PASSWORD, USER, make_key, told
from tests.protocols.places import body, pieces

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from netloom.records import AccessRecord

pytestmark = pytest.mark.interop

LOGIN = f"{USER}:{quote(PASSWORD)}@"
DATA = os.urandom(5_000_001)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Nobody's own keys, hosts and agents come into these tests."""
    folder = tmp_path / "home"
    (folder / ".ssh").mkdir(parents=True, mode=0o700)
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    return folder


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """What a foreign server serves."""
    folder = tmp_path / "files"
    folder.mkdir()
    return folder


@contextlib.asynccontextmanager
async def client(url: str, options: str = "") -> AsyncIterator[Any]:
    """A client that is looked after; what goes wrong is raised."""

    async def forget(record: object) -> None: ...

    made = Toolbox(forget).attempt(Endpoint.parse(f"{url}#hostkey=no{',' if options else ''}{options}"), 60.0)
    async with made:
        yield made.client
    if made.error is not None:
        raise made.error


async def everything(url: str, folder: Path, options: str = "", directory: str = "") -> Facts:
    """All that a client does, at any server over a folder."""
    async with client(url, options) as one:
        facts = Facts()
        await probe(one, facts)
        await one.put(f"{directory}/big", pieces(DATA[:1_000_000], DATA[1_000_000:]))
        assert (folder / "big").read_bytes() == DATA
        assert await body(await one.get(f"{directory}/big")) == DATA
        (folder / "empty").write_bytes(b"")
        assert await body(await one.get(f"{directory}/empty")) == b""
        await one.run(f"mkdir {directory}/sub")
        await one.run(f"rename {directory}/empty {directory}/sub/moved")
        assert (folder / "sub" / "moved").is_file()
        names = [(entry.name, entry.kind, entry.size) async for entry in one.list(f"{directory}/")]
        assert sorted(names) == [("big", "file", len(DATA)), ("sub", "directory", None)]
        assert (await one.run(f"stat {directory}/big")).value["size"] == len(DATA)
        with pytest.raises(PeerRefused):
            await one.get(f"{directory}/nothing")
        await one.run(f"rm {directory}/sub/moved")
        whole = await one.get(f"{directory}/big")
        one.start, one.validator = 4_000_000, whole.meta["validator"]
        await body(whole)
        rest = await one.get(f"{directory}/big")
        assert await body(rest) == DATA[4_000_000:]
    (folder / "big").write_bytes(DATA[:123_456])
    async with client(url, f"{options}{',' if options else ''}resume") as one:
        reply = await one.put(f"{directory}/big", pieces(DATA))
        assert (reply.meta["start"], (folder / "big").read_bytes() == DATA) == (123_456, True)
    return facts


@pytest.mark.parametrize(
    "server",
    [
        pytest.param(PROGRAM, marks=pytest.mark.meets(server="OpenSSH sftp-server")),
        pytest.param("internal-sftp", marks=pytest.mark.meets(server="OpenSSH internal-sftp")),
    ],
)
async def test_our_client_and_openssh(tmp_path: Path, files: Path, server: str) -> None:
    need("sshd", "openssh-server")
    with openssh(tmp_path, server) as place:
        url = f"sftp://127.0.0.1:{place.port}"
        facts = await everything(url, files, f"identity={place.key}", str(files))
        assert facts.software.startswith("OpenSSH")
        assert {"statvfs@openssh.com", "limits@openssh.com", "fsync@openssh.com"} <= set(facts.extensions)
        assert facts.home == str(files)
        assert facts.available
        async with client(url, f"identity={place.key},atomic") as one:
            (files / "kept").hardlink_to(files / "big")
            await one.put("/~/big", pieces(b"new"))
            assert (files / "big").read_bytes() == b"new"
            assert (files / "kept").read_bytes() == DATA  # another file: nothing was written into it
            (files / "kept").unlink()
            assert not list(files.glob(".*"))
        async with client(url, f"identity={place.key},sync") as one:
            await one.put("/~/synced", pieces(b"x"))
            assert (files / "synced").read_bytes() == b"x"
            await one.run(f"ln {files}/synced {files}/link")
            assert (await one.run(f"readlink {files}/link")).value == f"{files}/synced"
            await one.run(f"chmod 600 {files}/synced")
            assert (await one.run(f"stat {files}/synced")).value["mode"] == "-rw-------"
            await one.run(f"truncate 0 {files}/synced")
            await one.run(f"mv {files}/synced {files}/big")
            assert (files / "big").read_bytes() == b""
            assert (await one.run("df")).value["total"] > 0


@pytest.mark.meets(server="paramiko")
async def test_our_client_and_paramiko(files: Path) -> None:
    with paramiko_sftp(files) as port:
        facts = await everything(f"sftp://{LOGIN}127.0.0.1:{port}", files)
        assert facts.software.startswith("paramiko_")


@pytest.mark.meets(server="asyncssh")
async def test_our_client_and_asyncssh(files: Path) -> None:
    async with asyncssh_sftp(files) as port:
        facts = await everything(f"sftp://{LOGIN}127.0.0.1:{port}", files)
        assert facts.software.startswith("AsyncSSH_")
        with pytest.raises(Unauthenticated):
            async with client(f"sftp://ann:wrong@127.0.0.1:{port}") as one:
                await one.get("/x")


# Our server


class Ours:
    """Our server over a folder, and how others reach it."""

    def __init__(self, port: int, folder: Path, key: Path, reports: list[AccessRecord]) -> None:
        self.port = port
        self.folder = folder
        self.key = key
        self.reports = reports
        self.known = key.parent / "ours"
        self.known.write_text(f"[127.0.0.1]:{port} {host_key('').export_public_key().decode()}")

    @property
    def options(self) -> list[str]:
        """What OpenSSH's programs are told, strict as they are by default."""
        pairs = ("-o", f"UserKnownHostsFile={self.known}", "-o", "StrictHostKeyChecking=yes")
        return ["-F", "none", *pairs, "-i", str(self.key)]

    def did(self, verb: str) -> list[str]:
        return [report.target for report in self.reports if report.verb == verb and report.status == "ok"]


@contextlib.asynccontextmanager
async def ours(folder: Path) -> AsyncIterator[Ours]:
    """Our server with `ann`, who may come in by key and by password."""
    root = folder / "root"
    root.mkdir()
    (root / "hello.txt").write_bytes(b"warp and weft\n")
    key = make_key(folder / "ann")
    line = key.with_suffix(".pub").read_text().strip()
    accounts = Accounts([Account(name=USER, password=Secret(PASSWORD), keys=(line,))])
    reports: list[AccessRecord] = []
    async with Serving(
        [Endpoint.parse("sftp://127.0.0.1:0")], [Files(root)], accounts, report=reports.append
    ) as serving:
        yield Ours(serving.endpoint.port or 0, root, key, reports)


@pytest.mark.meets(client="OpenSSH sftp")
class TestSftpAndOurServer:
    async def sftp(self, it: Ours, batch: str) -> tuple[int, str, str]:
        command = [need("sftp", "openssh-client"), *it.options, "-P", str(it.port), "-b", "-", f"{USER}@127.0.0.1"]
        code, out, err = await told(*command, stdin=batch.encode())
        return code, out.decode(), err.decode()

    async def test_files_both_ways(self, tmp_path: Path) -> None:
        (tmp_path / "big").write_bytes(DATA)
        async with ours(tmp_path) as it:
            here = tmp_path / "got"
            code, out, err = await self.sftp(
                it,
                f"pwd\nput {tmp_path}/big big\nget big {here}\nls -l\nmkdir sub\nrename big sub/b\nls sub\n"
                f"rm hello.txt\nget sub/b {here}2\nput -f {tmp_path}/big sub/b\nrm sub/b\nrmdir sub\nls -la\n",
            )
            assert code == 0, err
            assert here.read_bytes() == DATA
            assert "Remote working directory: /" in out
            assert f"loom     loom      {len(DATA)}" in out
            assert not list(it.folder.iterdir())
            assert it.did("PUT") == ["/big", "/sub/b"]
            assert it.did("GET") == ["/big", "/sub/b"]

    async def test_resuming(self, tmp_path: Path) -> None:
        (tmp_path / "big").write_bytes(DATA)
        async with ours(tmp_path) as it:
            (it.folder / "big").write_bytes(DATA[:1_234_567])
            (tmp_path / "part").write_bytes(DATA[:1_000])
            code, _, err = await self.sftp(it, f"reput {tmp_path}/big big\nreget big {tmp_path}/part\n")
            assert code == 0, err
            assert (it.folder / "big").read_bytes() == DATA
            assert (tmp_path / "part").read_bytes() == DATA

    async def test_resuming_what_broke_off(self, tmp_path: Path) -> None:
        (tmp_path / "big").write_bytes(DATA)
        async with ours(tmp_path) as it:
            command = [need("sftp", "openssh-client"), *it.options, "-l", "8000", "-P", str(it.port), "-b", "-"]
            process = await asyncio.create_subprocess_exec(
                *command, f"{USER}@127.0.0.1", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip
            assert process.stdin is not None
            process.stdin.write(f"put {tmp_path}/big big\n".encode())
            await process.stdin.drain()
            unfinished = None
            while unfinished is None or unfinished.stat().st_size < 200_000:
                await asyncio.sleep(0.01)
                unfinished = next(iter(it.folder.glob(".big.netloom-*")), None)
            process.kill()
            await process.wait()
            process.stdin.close()
            while not list(it.folder.glob(".big.netloom-part")):  # noqa: ASYNC110  # the server's work
                await asyncio.sleep(0.01)
            assert not (it.folder / "big").exists()
            code, _, err = await self.sftp(it, f"reput {tmp_path}/big big\n")
            assert code == 0, err
            assert (it.folder / "big").read_bytes() == DATA

    async def test_what_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "outside").write_text("secret")
        async with ours(tmp_path) as it:
            (it.folder / "link").symlink_to(tmp_path / "outside")
            for line, words in (
                ("get link", "not found"), ("get ../outside", "not found"), ("get /../../outside", "not found"),
                ("rename hello.txt nowhere/x", "no such file"), ("symlink /etc/passwd x", "unsupported"),
                ("chmod 600 hello.txt", "unsupported"), ("rmdir hello.txt", "failure"),
            ):  # fmt: skip
                code, out, err = await self.sftp(it, f"{line}\n")
                assert code, line
                assert words in (out + err).lower() or "no directory" in err or "there is no" in err, (line, out, err)
            assert (it.folder / "hello.txt").read_bytes() == b"warp and weft\n"

    @pytest.mark.meets(client="OpenSSH scp")
    async def test_scp(self, tmp_path: Path) -> None:
        (tmp_path / "big").write_bytes(DATA)
        async with ours(tmp_path) as it:
            scp = [need("scp", "openssh-client"), *it.options, "-s", "-P", str(it.port)]
            place = f"{USER}@127.0.0.1:"
            code, _, err = await told(*scp, tmp_path / "big", f"{place}/copied")
            assert (code, (it.folder / "copied").read_bytes() == DATA) == (0, True), err
            code, _, err = await told(*scp, f"{place}/copied", tmp_path / "back")
            assert (code, (tmp_path / "back").read_bytes() == DATA) == (0, True), err


@pytest.mark.meets(client="OpenSSH sftp")
async def test_a_shell_and_files_on_one_port(tmp_path: Path) -> None:
    """OpenSSH's ssh and sftp, which share even one connection (ControlMaster)."""
    ssh, sftp = need("ssh", "openssh-client"), need("sftp", "openssh-client")
    port, key = free_port(), make_key(tmp_path / "ann")
    accounts = Accounts([Account(name=USER, keys=(key.with_suffix(".pub").read_text().strip(),))])
    both = [Endpoint.parse(f"{scheme}://127.0.0.1:{port}") for scheme in ("ssh", "sftp")]
    reports: list[AccessRecord] = []
    async with Serving(both, accounts=accounts, report=reports.append):
        it = Ours(port, tmp_path, key, reports)
        shared = ["-o", "ControlMaster=auto", "-o", f"ControlPath={tmp_path}/way", "-o", "ControlPersist=20"]
        place = f"{USER}@127.0.0.1"
        try:
            code, out, err = await told(ssh, *it.options, *shared, "-p", str(port), place, "echo warp")
            assert (code, out) == (0, b"warp\n"), err
            more = ["-P", str(port), "-q", "-b", "-", place]
            code, out, err = await told(
                sftp, *it.options, *shared, *more, stdin=b"ls\nget hello.txt %s/got\n" % bytes(tmp_path)
            )
            assert (code, (tmp_path / "got").read_bytes()) == (0, b"Hello from netloom.\n"), err
        finally:
            await told(ssh, *shared, "-O", "exit", "-p", str(port), place)
    assert [(one.protocol, one.verb) for one in reports] == [
        ("ssh", "LOGIN"), ("ssh", "EXEC"), ("sftp", "LIST"), ("sftp", "GET"),
    ]  # fmt: skip


@pytest.mark.meets(client="lftp")
async def test_lftp_and_our_server(tmp_path: Path) -> None:
    program = need("lftp", "lftp")
    (tmp_path / "big").write_bytes(DATA)
    async with ours(tmp_path) as it:
        connect = f"ssh -a -x {' '.join(it.options)}"
        script = (
            f'set sftp:connect-program "{connect}"; set net:max-retries 1; set net:timeout 20; set cmd:fail-exit yes; '
            f"open -u {USER},x sftp://127.0.0.1:{it.port}; put {tmp_path}/big -o big; "
            f"get big -o {tmp_path}/got; mkdir sub; mv big sub/b; cls -l sub; "
            f"pget -n 3 sub/b -o {tmp_path}/parallel; bye"
        )
        code, out, err = await told(program, "-c", script)
        assert code == 0, err
        assert (tmp_path / "got").read_bytes() == DATA
        assert (tmp_path / "parallel").read_bytes() == DATA
        assert str(len(DATA)) in out.decode()
        assert (it.folder / "sub" / "b").read_bytes() == DATA


@pytest.mark.meets(client="paramiko")
async def test_paramiko_and_our_server(tmp_path: Path) -> None:
    def work(it: Ours) -> None:
        with paramiko.SSHClient() as ssh:
            ssh.load_host_keys(str(it.known))
            ssh.connect(
                "127.0.0.1", it.port, USER, password=PASSWORD, look_for_keys=False, allow_agent=False, timeout=30
            )
            sftp = ssh.open_sftp()
            sftp.put(str(tmp_path / "big"), "/big")
            sftp.get("/big", str(tmp_path / "got"))
            assert sftp.stat("/big").st_size == len(DATA)
            assert sorted(sftp.listdir("/")) == ["big", "hello.txt"]
            with sftp.open("/hello.txt") as file:
                file.seek(5)
                assert file.read(3) == b"and"
            sftp.truncate("/hello.txt", 5)
            with sftp.open("/hello.txt", "r+") as file:
                assert file.read() == b"warp "
            with sftp.open("/hello.txt", "a") as file:
                file.write(b"more\n")
            with sftp.open("/lines", "w") as file:
                for number in range(1000):
                    file.write(f"{number}\n")
            sftp.posix_rename("/lines", "/hello.txt")
            with pytest.raises(OSError, match="there is no"):
                sftp.stat("/lines")
            sftp.chdir("/")
            assert sftp.normalize("a/../b") == "/b"
            sftp.close()

    (tmp_path / "big").write_bytes(DATA)
    async with ours(tmp_path) as it:
        await asyncio.to_thread(work, it)
        assert (tmp_path / "got").read_bytes() == DATA
        assert (it.folder / "hello.txt").read_text() == "".join(f"{number}\n" for number in range(1000))


@pytest.mark.meets(client="asyncssh")
async def test_asyncssh_and_our_server(tmp_path: Path) -> None:
    (tmp_path / "big").write_bytes(DATA)
    async with (
        ours(tmp_path) as it,
        asyncssh.connect(
            "127.0.0.1", it.port, username=USER, password=PASSWORD, known_hosts=None, client_keys=None, config=None
        ) as connection,
        connection.start_sftp_client() as sftp,
    ):
        await sftp.put(str(tmp_path / "big"), "/big")
        await sftp.get("/big", str(tmp_path / "got"))
        assert (tmp_path / "got").read_bytes() == DATA
        assert (it.folder / "big").read_bytes() == DATA
        async with sftp.open("/hello.txt", "r") as file:
            assert await file.read() == "warp and weft\n"
        assert sorted(await sftp.listdir("/")) == ["big", "hello.txt"]
        await sftp.makedirs("/a/b")
        await sftp.rmtree("/a")
        for work in (sftp.symlink("x", "/y"), sftp.chmod("/big", 0o600)):
            with pytest.raises(asyncssh.SFTPError):
                await work


@pytest.mark.meets(client="PuTTY psftp")
async def test_psftp_and_our_server(tmp_path: Path) -> None:
    program = need("psftp", "putty-tools")
    (tmp_path / "big").write_bytes(DATA)
    (tmp_path / "part").write_bytes(DATA[:1000])
    async with ours(tmp_path) as it:
        (it.folder / "half").write_bytes(DATA[:2_000_000])
        script = tmp_path / "script"
        script.write_text(
            f"pwd\nput {tmp_path}/big big\nget big {tmp_path}/got\nreput {tmp_path}/big half\n"
            f"reget big {tmp_path}/part\nmkdir sub\nmv big sub/b\nls sub\nrm sub/b\nrmdir sub\nrm hello.txt\n"
        )
        pin = host_key("").get_fingerprint()
        place = ["-P", str(it.port), "-pw", PASSWORD, "-hostkey", pin, f"{USER}@127.0.0.1"]
        code, out, err = await told(program, "-batch", "-b", str(script), *place)
        assert code == 0, err
        assert (tmp_path / "got").read_bytes() == DATA
        assert (tmp_path / "part").read_bytes() == DATA
        assert (it.folder / "half").read_bytes() == DATA
        assert [path.name for path in it.folder.iterdir()] == ["half"]
        assert str(len(DATA)) in out.decode()


@pytest.mark.meets(client="curl")
async def test_curl_and_our_server(tmp_path: Path) -> None:
    program = need("curl", "curl")
    code, out, _ = await told(program, "--version")
    if b"sftp" not in out and os.environ.get("CI") != "1":
        pytest.skip("this curl speaks no SFTP")
    (tmp_path / "big").write_bytes(DATA)
    async with ours(tmp_path) as it:
        pin = host_key("").get_fingerprint().removeprefix("SHA256:")
        place = f"sftp://127.0.0.1:{it.port}"
        common = [program, "-sS", "--user", f"{USER}:{PASSWORD}", "--hostpubsha256", pin]
        code, _, err = await told(*common, "-T", tmp_path / "big", f"{place}/big")
        assert (code, (it.folder / "big").read_bytes() == DATA) == (0, True), err
        code, out, err = await told(*common, f"{place}/big")
        assert (code, out == DATA) == (0, True), err
        code, out, err = await told(*common, "-r", "4000000-", f"{place}/big")
        assert (code, out == DATA[4_000_000:]) == (0, True), err
        (it.folder / "half").write_bytes(DATA[:2_000_000])
        (it.folder / ".broken.netloom-part").write_bytes(DATA[:3_000_000])  # as it is kept of one that broke off
        for name in ("half", "broken"):
            code, _, err = await told(*common, "-C", "-", "-T", tmp_path / "big", f"{place}/{name}")
            assert (code, (it.folder / name).read_bytes() == DATA) == (0, True), err
        work = [
            option for words in ("mkdir /sub", "rename /half /sub/x", "rm /sub/x") for option in ("-Q", f"-{words}")
        ]
        code, _, err = await told(*common, *work, "-o", "/dev/null", f"{place}/big")
        assert (code, list((it.folder / "sub").iterdir())) == (0, []), err
        code, out, err = await told(*common, f"{place}/")
        assert b"hello.txt" in out, err
