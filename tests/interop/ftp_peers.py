"""Foreign FTP servers, each on a port of 127.0.0.1: vsftpd, ProFTPD, and pyftpdlib, Debian's."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from netloom.links.authority import Authority
from tests.interop.peers import free_port, need, running, wait_for_port

if TYPE_CHECKING:
    from collections.abc import Iterator

USER, PASSWORD = "ann", "can4ry pa55:word"
AUTHORITY = Authority.create()
CERTIFICATE = AUTHORITY.issue(["localhost", "127.0.0.1"])


_PYTHON = "/usr/bin/python3"
UNPACKED = Path("/opt/netloom-counterparts")
"""Where ProFTPD is unpacked: Debian lets only one of it and vsftpd be installed."""


class Place(msgspec.Struct, frozen=True):
    """A server that is ready: its port, the directory that it serves, and what it says to a log."""

    port: int
    root: Path
    log: Path


_VSFTPD = """
listen=YES
background=NO
listen_address=127.0.0.1
listen_port={port}
anonymous_enable=YES
local_enable=NO
write_enable=YES
anon_upload_enable=YES
anon_mkdir_write_enable=YES
anon_other_write_enable=YES
anon_umask=022
anon_root={root}
ftp_username={user}
run_as_launching_user=YES
secure_chroot_dir={root}
seccomp_sandbox=NO
log_ftp_protocol=YES
debug_ssl=YES
xferlog_enable=YES
xferlog_std_format=NO
vsftpd_log_file={log}
pasv_address=192.0.2.99
"""
_VSFTPD_TLS = """
ssl_enable=YES
allow_anon_ssl=YES
force_anon_data_ssl=YES
force_anon_logins_ssl=YES
require_ssl_reuse=YES
strict_ssl_read_eof=YES
strict_ssl_write_shutdown=YES
ssl_ciphers=HIGH
rsa_cert_file={chain}
"""


@contextlib.contextmanager
def vsftpd(*, tls: bool = False, implicit: bool = False) -> Iterator[Place]:
    """vsftpd for anybody, who may write. With TLS it takes data only over connections that resume the dialogue's
    session, and tells a wrong address in PASV, as behind a NAT."""
    program = need("vsftpd", "vsftpd")
    with _folder() as folder:
        root = folder / "root"
        root.mkdir()
        chain, log, port = folder / "chain.pem", folder / "vsftpd.log", free_port()
        chain.write_bytes(CERTIFICATE.cert_pem + CERTIFICATE.key_pem)
        config = _VSFTPD.format(port=port, root=root, log=log, user=_me())
        if tls or implicit:
            config += _VSFTPD_TLS.format(chain=chain)
        if implicit:
            config += "implicit_ssl=YES\n"
        (folder / "vsftpd.conf").write_text(config)
        with running([program, folder / "vsftpd.conf"], folder / "out") as process:
            wait_for_port(process, folder / "out", port)
            yield Place(port, root, log)


_PROFTPD = """
ServerType standalone
DefaultServer on
UseIPv6 off
DefaultAddress 127.0.0.1
Port {port}
User {user}
Group {group}
PidFile {folder}/proftpd.pid
ScoreboardFile {folder}/scoreboard
DelayTable {folder}/delay
SystemLog {log}
WtmpLog off
TransferLog none
UseReverseDNS off
RequireValidShell off
AuthOrder mod_auth_file.c
AuthUserFile {folder}/passwd
RootLogin on
AllowOverwrite on
AllowStoreRestart on
AllowRetrieveRestart on
DefaultRoot {root}
"""
_PROFTPD_TLS = """
LoadModule mod_tls.c
TLSEngine on
TLSRequired on
TLSProtocol {protocol}
TLSRSACertificateFile {chain}
TLSRSACertificateKeyFile {chain}
"""


@contextlib.contextmanager
def proftpd(*, tls: str = "", implicit: bool = False) -> Iterator[Place]:
    """ProFTPD with an account; with TLS of one version (`TLSv1.2`, `TLSv1.3`) data has to take up the dialogue's."""
    program, environment = _unpacked("proftpd")
    with _folder() as folder:
        root, port, chain = folder / "root", free_port(), folder / "chain.pem"
        root.mkdir()
        chain.write_bytes(CERTIFICATE.cert_pem + CERTIFICATE.key_pem)
        chain.chmod(0o600)
        told = subprocess.run(
            [need("openssl", "openssl"), "passwd", "-6", "-stdin"],
            input=PASSWORD,
            capture_output=True,
            text=True,
            check=True,
            timeout=20,
        ).stdout.strip()
        passwd = folder / "passwd"
        passwd.write_text(f"{USER}:{told}:{os.getuid()}:{os.getgid()}::{root}:/bin/sh\n")
        passwd.chmod(0o600)
        log = folder / "proftpd.log"
        config = _PROFTPD.format(port=port, user=_me(), group=_me("-gn"), folder=folder, root=root, log=log)
        if tls:
            config += f"ModulePath {modules}\n" if (modules := UNPACKED / "usr/lib/proftpd").is_dir() else ""
            config += _PROFTPD_TLS.format(protocol=tls, chain=chain)
        if implicit:
            config += "TLSOptions UseImplicitSSL\n"
        (folder / "proftpd.conf").write_text(config)
        command: list[str | Path] = [program, "--nodaemon", "--config", folder / "proftpd.conf"]
        with running(command, folder / "out", env={**os.environ, **environment}) as process:
            wait_for_port(process, folder / "out", port)
            yield Place(port, root, log)


_PYFTPDLIB = """
import sys
from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import FTPHandler, TLS_FTPHandler
from pyftpdlib.servers import FTPServer

root, port, chain, facts = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4] == "facts"
authorizer = DummyAuthorizer()
authorizer.add_user({user!r}, {password!r}, root, perm="elradfmwMT")
authorizer.add_anonymous(root)
handler = TLS_FTPHandler if chain else FTPHandler
handler.authorizer = authorizer
handler.permit_foreign_addresses = False
if chain:
    handler.certfile = chain
    handler.tls_control_required = handler.tls_data_required = True
if not facts:
    handler.proto_cmds = {{k: v for k, v in handler.proto_cmds.items() if k not in ("MLSD", "MLST", "EPSV", "EPRT")}}
    handler._current_facts = []
FTPServer(("127.0.0.1", port), handler).serve_forever()
"""


@contextlib.contextmanager
def pyftpdlib(*, tls: bool = False, modern: bool = True) -> Iterator[Place]:
    """pyftpdlib with an account and anybody, who reads; without `modern` it has neither MLSD nor EPSV."""
    need("python3-pyftpdlib" if _lacks("pyftpdlib", "OpenSSL") else _PYTHON, "python3-pyftpdlib python3-openssl")
    with _folder() as folder:
        root, port = folder / "root", free_port()
        root.mkdir()
        chain = folder / "chain.pem"
        chain.write_bytes(CERTIFICATE.cert_pem + CERTIFICATE.key_pem)
        script = folder / "server.py"
        script.write_text(_PYFTPDLIB.format(user=USER, password=PASSWORD))
        command: list[str | Path] = [_PYTHON, script, root, str(port)]
        command += [str(chain) if tls else "", "facts" if modern else ""]
        with running(command, folder / "log") as process:
            wait_for_port(process, folder / "log", port)
            yield Place(port, root, folder / "log")


def _lacks(*modules: str) -> bool:
    """Whether Debian's own Python has not all of them."""
    if not Path(_PYTHON).exists():
        return True
    asked = [_PYTHON, "-c", f"import {', '.join(modules)}"]
    return subprocess.run(asked, capture_output=True, timeout=60, check=False).returncode > 0


def _unpacked(program: str) -> tuple[str, dict[str, str]]:
    """A program that is installed, or unpacked apart, and what its environment has to say."""
    found = UNPACKED / "usr/sbin" / program
    if shutil.which(program) or not found.exists():
        return need(program, f"proftpd-core, or unpack it into {UNPACKED}"), {}
    return str(found), {"LD_LIBRARY_PATH": ":".join(map(str, (UNPACKED / "usr/lib").glob("*-linux-gnu")))}


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    """A directory that a daemon which gave up root may still enter, unlike pytest's own."""
    folder = Path(tempfile.mkdtemp(prefix="netloom-ftp-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _me(what: str = "-un") -> str:
    return subprocess.run(["id", what], capture_output=True, text=True, check=True, timeout=20).stdout.strip()
