"""FTP meets others: our client and vsftpd, ProFTPD, pyftpdlib; our server and curl, lftp, ftplib, tnftp, ncftp."""

from __future__ import annotations

import contextlib
import ftplib
import io
import os
import ssl
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

import netloom
from netloom.contents.files import Files
from netloom.errors import Status
from tests.interop.ftp_peers import AUTHORITY, CERTIFICATE, PASSWORD, USER, proftpd, pyftpdlib, vsftpd
from tests.interop.peers import need

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from netloom.endpoint import Endpoint

pytestmark = pytest.mark.interop

BIG = os.urandom(3_000_000)
LOGIN = "ann:can4ry%20pa55%3Aword@"
ACCOUNT = "ann:can4ry%20pa55%3Aword"


@pytest.fixture
def ca(tmp_path: Path) -> str:
    path = tmp_path / "ca.pem"
    path.write_bytes(AUTHORITY.certificate_pem)
    return str(path)


@pytest.fixture
def big(tmp_path: Path) -> str:
    path = tmp_path / "big.bin"
    path.write_bytes(BIG)
    return str(path)


# Our client


def at(url: str, options: dict[str, Any], **more: Any) -> str:
    """An endpoint with options."""
    told = ",".join(
        f"{name}={str(value).lower() if isinstance(value, bool) else value}" for name, value in (options | more).items()
    )
    return f"{url}#{told}" if told else url


def all_verbs(url: str, options: dict[str, Any], root: Path, big: str) -> None:
    """Store, list, get, get a part, go on with what broke, change: the same files must come out."""
    put = netloom.put(at(f"{url}/new.bin", options), big).one()
    assert put.status is Status.SUCCESS, put
    assert (root / "new.bin").read_bytes() == BIG
    got = netloom.get(at(f"{url}/new.bin", options)).one()
    assert got.status is Status.SUCCESS, got
    assert got.body == BIG
    assert got.meta["size"] == len(BIG)
    part = netloom.get(at(f"{url}/new.bin", options, range="1000000-1000999")).one()
    assert part.body == BIG[1_000_000:1_001_000], part
    records = list(netloom.list(at(f"{url}/", options)))
    assert records[-1].status is Status.SUCCESS, records[-1]
    entries = {record.entry.name: record.entry for record in records if record.entry is not None}
    assert (entries["new.bin"].kind, entries["new.bin"].size) == ("file", len(BIG))
    missing = netloom.get(at(f"{url}/nothing", options)).one()
    assert (missing.status, missing.phase) == (Status.REFUSED_BY_PEER, "request")
    assert "550" in missing.message
    (root / "part.bin").write_bytes(BIG[:700_001])
    (root / "part.bin").chmod(0o666)
    more = netloom.put(at(f"{url}/part.bin", options, resume=True), big).one()
    assert more.status is Status.SUCCESS, more
    assert (root / "part.bin").read_bytes() == BIG
    for command in ("mkdir 'a b'", "rename part.bin 'a b/c'", "stat 'a b/c'", "rm 'a b/c'", "rmdir 'a b'", "pwd"):
        done = netloom.run(at(url, options), command).one()
        assert done.status is Status.SUCCESS, (command, done)
        if command.startswith("stat"):
            assert (done.value["kind"], done.value["size"]) == ("file", len(BIG))
    assert not (root / "a b").exists()
    assert not (root / "part.bin").exists()


@pytest.mark.meets(server="vsftpd")
@pytest.mark.parametrize("ways", [{}, {"epsv": False}, {"active": True}, {"active": True, "epsv": False}], ids=str)
def test_our_client_at_vsftpd(ways: dict[str, bool], big: str) -> None:
    with vsftpd() as place:
        all_verbs(f"ftp://127.0.0.1:{place.port}", {**ways, "tls": "never"}, place.root, big)


@pytest.mark.meets(server="vsftpd")
@pytest.mark.parametrize("ways", [{}, {"active": True}, {"tls_minimum": "1.2"}], ids=str)
@pytest.mark.parametrize("scheme", ["ftp", "ftps"])
def test_over_tls_the_session_is_taken_up_again(scheme: str, ways: dict[str, Any], ca: str, big: str) -> None:
    """require_ssl_reuse: data connections of others are refused."""
    with vsftpd(tls=True, implicit=scheme == "ftps") as place:
        url = f"{scheme}://127.0.0.1:{place.port}"
        all_verbs(url, {**ways, "ca": ca}, place.root, big)
        said = place.log.read_text(errors="replace")
        assert "reused" in said
        assert "No SSL session reuse" not in said


@pytest.mark.meets(server="vsftpd")
def test_our_probe_at_vsftpd(ca: str) -> None:
    with vsftpd(tls=True) as place:
        found = netloom.probe(f"ftp://127.0.0.1:{place.port}#ca={ca}").one()
        assert found.status is Status.SUCCESS, found
        assert "vsFTPd" in found.facts["banner"]
        assert (found.facts["anonymous"], found.facts["tls"], found.facts["protected"]) == (True, True, True)
        assert found.facts["features"]["REST"] == "STREAM"


@pytest.mark.meets(server="vsftpd")
def test_what_broke_is_gone_on_with(tmp_path: Path) -> None:
    """As `--resume` does: what is missing comes, while it is still the same file."""
    with vsftpd() as place:
        (place.root / "big.bin").write_bytes(BIG)
        url, saved = f"ftp://127.0.0.1:{place.port}/big.bin", tmp_path / "saved.bin"
        broken = netloom.get(f"{url}#tls=never,fault=reset:1500000", save=str(saved)).one()
        assert broken.status is not Status.SUCCESS
        part = tmp_path / ".saved.bin.part"
        before = part.stat().st_size
        assert 0 < before < len(BIG)
        again = netloom.get(f"{url}#tls=never", save=str(saved), resume=True).one()
        assert again.status is Status.SUCCESS, again
        assert again.size == len(BIG) - before
        assert saved.read_bytes() == BIG


@pytest.mark.meets(server="ProFTPD")
@pytest.mark.parametrize("ways", [{}, {"epsv": False}, {"active": True}], ids=str)
@pytest.mark.parametrize("tls", ["", "TLSv1.2", "TLSv1.3", "implicit"])
def test_our_client_at_proftpd(ways: dict[str, bool], tls: str, ca: str, big: str) -> None:
    """By itself it takes data only over connections that resume the dialogue's session."""
    implicit = tls == "implicit"
    with proftpd(tls="TLSv1.3" if implicit else tls, implicit=implicit) as place:
        secure = {"ca": ca} if tls else {"tls": "never"}
        url = f"{'ftps' if implicit else 'ftp'}://{LOGIN}127.0.0.1:{place.port}"
        all_verbs(url, {**ways, **secure}, place.root, big)
        wrong = netloom.list(at(f"{url.replace(LOGIN, 'ann:wrong@')}/", secure)).one()
        assert wrong.status is Status.UNAUTHENTICATED


@pytest.mark.meets(server="pyftpdlib")
@pytest.mark.parametrize("ways", [{}, {"epsv": False}, {"active": True}], ids=str)
@pytest.mark.parametrize("tls", [False, True])
def test_our_client_at_pyftpdlib(ways: dict[str, bool], tls: bool, ca: str, big: str) -> None:
    with pyftpdlib(tls=tls) as place:
        secure = {"ca": ca, "tls": "starttls"} if tls else {"tls": "never"}
        all_verbs(f"ftp://{LOGIN}127.0.0.1:{place.port}", {**ways, **secure}, place.root, big)
        wrong = netloom.list(at(f"ftp://ann:wrong@127.0.0.1:{place.port}/", secure)).one()
        assert wrong.status is Status.UNAUTHENTICATED
        refused = netloom.put(at(f"ftp://127.0.0.1:{place.port}/x", secure), big).one()
        assert refused.status is Status.REFUSED_BY_PEER


@pytest.mark.meets(server="pyftpdlib")
def test_a_server_of_the_old_days(big: str) -> None:
    """Neither MLSD nor EPSV: what LIST says is read."""
    with pyftpdlib(modern=False) as place:
        all_verbs(f"ftp://{LOGIN}127.0.0.1:{place.port}", {"tls": "never"}, place.root, big)


# Our server


@pytest.fixture(params=["memory", "disk"])
def files(request: pytest.FixtureRequest, tmp_path: Path) -> Files:
    if request.param == "memory":
        return Files(files={"hello.txt": b"hello\n", "big.bin": BIG, "sub/grüße.txt": b"a\nb\n"})
    root = tmp_path / "served"
    (root / "sub").mkdir(parents=True)
    (root / "hello.txt").write_bytes(b"hello\n")
    (root / "big.bin").write_bytes(BIG)
    (root / "sub" / "grüße.txt").write_bytes(b"a\nb\n")
    return Files(root)


@contextlib.contextmanager
def served(files: Files, tmp_path: Path, scheme: str = "ftp", **options: Any) -> Iterator[Endpoint]:
    chain = tmp_path / "chain.pem"
    chain.write_bytes(CERTIFICATE.cert_pem + CERTIFICATE.key_pem)
    with netloom.serve(f"{scheme}://127.0.0.1:0", files, accounts=[ACCOUNT], cert=str(chain), **options) as server:
        yield server.endpoint


def ran(*command: str, cwd: Path | None = None, given: str = "") -> str:
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=60, check=False, cwd=cwd, input=given, errors="replace"
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
    return done.stdout


ACTIVE = [("plain", ("-P", "-")), ("plain", ("-P", "-", "--disable-eprt"))]
"""Without TLS only: with it curl 7.88 takes no connection, of vsftpd neither."""


@pytest.mark.meets(client="curl")
@pytest.mark.parametrize(
    ("scheme", "ways"),
    [*((scheme, ways) for scheme in ("plain", "ftp", "ftps") for ways in ((), ("--disable-epsv",))), *ACTIVE],
    ids=str,
)
def test_curl(scheme: str, ways: tuple[str, ...], files: Files, tmp_path: Path, ca: str, big: str) -> None:
    curl = [need("curl", "curl"), "-sS", *ways, "-u", f"{USER}:{PASSWORD}"]
    curl += {"plain": [], "ftp": ["--ssl-reqd", "--cacert", ca], "ftps": ["--cacert", ca]}[scheme]
    with served(files, tmp_path, "ftps" if scheme == "ftps" else "ftp") as place:
        url = f"{place.scheme}://127.0.0.1:{place.port}"
        assert ran(*curl, f"{url}/hello.txt") == "hello\n"
        assert "grüße.txt" in ran(*curl, f"{url}/sub/")
        assert ran(*curl, "--list-only", f"{url}/").split() == ["big.bin", "hello.txt", "sub"]
        ran(*curl, "-T", big, f"{url}/new.bin")
        ran(*curl, "-o", str(tmp_path / "back.bin"), f"{url}/new.bin")
        assert (tmp_path / "back.bin").read_bytes() == BIG
        assert ran(*curl, "-r", "1-3", f"{url}/hello.txt") == "ell"
        ran(*curl, "-Q", "-RNFR new.bin", "-Q", "-RNTO sub/x.bin", "-Q", "-DELE sub/x.bin", "--list-only", f"{url}/")
        ran(*curl, "--ftp-create-dirs", "-T", big, f"{url}/a/b/new.bin")
        assert ran(*curl, "--list-only", f"{url}/a/b/").split() == ["new.bin"]


@pytest.mark.meets(client="curl")
def test_curl_goes_on_with_an_upload(files: Files, tmp_path: Path, big: str) -> None:
    curl = [need("curl", "curl"), "-sS", "-u", f"{USER}:{PASSWORD}"]
    with served(files, tmp_path) as place:
        url = f"ftp://127.0.0.1:{place.port}/new.bin"
        short = tmp_path / "short.bin"
        short.write_bytes(BIG[:1_000_000])
        ran(*curl, "-T", str(short), url)
        ran(*curl, "-C", "-", "-T", big, url)
        ran(*curl, "-o", str(tmp_path / "back.bin"), url)
        assert (tmp_path / "back.bin").read_bytes() == BIG


@pytest.mark.meets(client="lftp")
@pytest.mark.parametrize("passive", ["on", "off"])
@pytest.mark.parametrize("scheme", ["plain", "ftp", "ftps"])
def test_lftp(scheme: str, passive: str, files: Files, tmp_path: Path, ca: str, big: str) -> None:
    with served(files, tmp_path, "ftps" if scheme == "ftps" else "ftp") as place:
        script = (
            f"set net:max-retries 1; set net:timeout 20; set cmd:fail-exit yes; set ftp:passive-mode {passive}; "
            f"set ssl:ca-file {ca}; set ftp:ssl-allow {'no' if scheme == 'plain' else 'yes'}; "
            f"set ftp:ssl-force {'no' if scheme == 'plain' else 'yes'}; "
            f'open -u {USER},"{PASSWORD}" {place.scheme}://127.0.0.1:{place.port}; '
            f"cls -1; cat hello.txt; put {big} -o new.bin; mkdir -p x/y; mv new.bin x/y/z.bin; cls -1 x/y; "
            f"pget -n 3 x/y/z.bin -o {tmp_path}/back.bin; mirror sub {tmp_path}/mirrored; rm x/y/z.bin; rmdir x/y; "
            f"mirror -R {tmp_path}/mirrored up; cls -1 up; rm -r up"
        )
        said = ran(need("lftp", "lftp"), "--norc", "-c", script)
        assert "hello\n" in said
        assert "x/y/z.bin\n" in said
        assert (tmp_path / "back.bin").read_bytes() == BIG
        assert (tmp_path / "mirrored" / "grüße.txt").read_bytes() == b"a\nb\n"


@pytest.mark.meets(client="ftplib")
@pytest.mark.parametrize("passive", [True, False])
@pytest.mark.parametrize("tls", [True, False])
def test_ftplib(tls: bool, passive: bool, files: Files, tmp_path: Path, ca: str) -> None:
    with served(files, tmp_path) as place, contextlib.ExitStack() as stack:
        client: ftplib.FTP
        if tls:
            trusting = ssl.create_default_context(cafile=ca)
            client = stack.enter_context(ftplib.FTP_TLS(context=trusting, timeout=20))  # noqa: S321  # that's the point
        else:
            client = stack.enter_context(ftplib.FTP(timeout=20))  # noqa: S321  # that's the point
        client.encoding = "utf-8"
        client.connect("127.0.0.1", place.port or 0)
        client.login(USER, PASSWORD)
        if isinstance(client, ftplib.FTP_TLS):
            client.prot_p()
        client.set_pasv(passive)
        assert client.nlst() == ["big.bin", "hello.txt", "sub"]
        told = dict(client.mlsd("sub"))
        assert told["grüße.txt"]["size"] == "4"
        lines: list[str] = []
        client.retrlines("RETR hello.txt", lines.append)
        assert lines == ["hello"]
        client.storbinary("STOR new.bin", io.BytesIO(BIG))
        assert client.size("new.bin") == len(BIG)
        back = io.BytesIO()
        client.retrbinary("RETR new.bin", back.write, rest=1_000_000)
        assert back.getvalue() == BIG[1_000_000:]
        client.storlines("STOR lines.txt", io.BytesIO(b"one\ntwo\n"))
        assert client.mkd('a "b"') == '/a "b"'
        client.cwd('a "b"')
        assert client.pwd() == '/a "b"'
        client.cwd("..")
        client.rename("new.bin", 'a "b"/x')
        client.delete('a "b"/x')
        client.rmd('a "b"')
        with pytest.raises(ftplib.error_perm, match="550"):
            client.delete("nothing")
        with client.transfercmd("RETR big.bin") as data:
            data.recv(1000)
            assert client.abort().startswith(("226", "426"))
        client.quit()


@pytest.mark.meets(client="tnftp")
@pytest.mark.parametrize("passive", ["on", "off"])
def test_tnftp(passive: str, files: Files, tmp_path: Path, big: str) -> None:
    program = need("tnftp", "tnftp")
    with served(files, tmp_path) as place:
        here = tmp_path / "here"
        here.mkdir()
        script = "\n".join(
            (
                f'user {USER} "{PASSWORD}"', f"passive {passive}", "epsv4 on", "dir", "ascii",
                "get sub/grüße.txt text.txt", "binary", f"put {big} new.bin", "get new.bin back.bin", "cd sub", "pwd",
                "size grüße.txt", "mlst grüße.txt", "cd ..", "mget *.txt", "rename new.bin other.bin",
                "delete other.bin", "mkdir d", "rmdir d", "features", "quit", "",
            )
        )  # fmt: skip
        said = ran(
            program, "-invp" if passive == "on" else "-invA", "127.0.0.1", str(place.port), cwd=here, given=script
        )
        assert "Remote directory: /sub" in said
        assert (here / "text.txt").read_bytes() == b"a\nb\n"
        assert (here / "back.bin").read_bytes() == BIG
        assert (here / "hello.txt").read_bytes() == b"hello\n"
        assert "d is gone" in said


@pytest.mark.meets(client="ncftp")
def test_ncftp(files: Files, tmp_path: Path, big: str) -> None:
    get, put, ls = (need(name, "ncftp") for name in ("ncftpget", "ncftpput", "ncftpls"))
    here = tmp_path / "here"
    here.mkdir()
    with served(files, tmp_path) as place:
        port = ["-P", str(place.port)]
        login = ["-u", USER, "-p", PASSWORD]
        ran(put, "-V", *login, *port, "127.0.0.1", "/sub", big)
        ran(get, "-V", *login, *port, "127.0.0.1", str(here), "/sub/big.bin")
        assert (here / "big.bin").read_bytes() == BIG
        ran(get, "-V", "-R", *login, *port, "127.0.0.1", str(here), "/sub")
        assert (here / "sub" / "grüße.txt").read_bytes() == b"a\nb\n"
        assert "hello.txt" in ran(ls, *login, *port, "ftp://127.0.0.1/")
        (here / "more").mkdir()
        (here / "more" / "a.txt").write_bytes(b"a")
        ran(put, "-V", "-R", *login, *port, "127.0.0.1", "/", str(here / "more"))
        assert "a.txt" in ran(ls, *login, *port, "ftp://127.0.0.1/more/")
