"""Foreign mail servers, each on a port of 127.0.0.1: Postfix's smtp-sink, a Postfix of our own, and aiosmtpd."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import ssl
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

from netloom.links.authority import Authority
from tests.interop.peers import free_port, need, running, wait_for_port

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from aiosmtpd.smtp import Envelope, Session

USER, PASSWORD = "ann", "can4ry pa55:word"
AUTHORITY = Authority.create()
CERTIFICATE = AUTHORITY.issue(["localhost", "127.0.0.1"])


class Place(msgspec.Struct, frozen=True):
    """A server that is ready: its port, and the directory in which its mails arrive."""

    port: int
    mails: Path

    def wait_for(self, count: int) -> list[bytes]:
        """The mails, as soon as there are so many; the server says that it took them before they are here."""
        until = time.monotonic() + 20
        while True:
            found = [
                path.read_bytes()
                for path in sorted(self.mails.rglob("*"))
                if path.is_file() and "/tmp/" not in _below(path, self.mails)
            ]
            if len(found) >= count and all(found):
                return found
            assert time.monotonic() < until, f"{len(found)} of {count} mails arrived"
            time.sleep(0.02)


def _below(path: Path, root: Path) -> str:
    return f"/{path.relative_to(root)}"


@contextlib.contextmanager
def open_directory() -> Iterator[Path]:
    """A directory that a daemon which gave up root may still enter, unlike pytest's own."""
    root = Path(tempfile.mkdtemp(prefix="netloom-smtp-"))
    root.chmod(0o755)
    try:
        yield root
    finally:
        shutil.rmtree(root, ignore_errors=True)


@contextlib.contextmanager
def smtp_sink(*options: str) -> Iterator[Place]:
    """Postfix's smtp-sink: takes all mail, and writes each into a file."""
    program = need("smtp-sink", "postfix")
    with open_directory() as root:
        mails = root / "mails"
        mails.mkdir()
        user = []
        if os.geteuid() == 0:
            shutil.chown(mails, "nobody")
            user = ["-u", "nobody"]
        port = free_port()
        command = [program, *user, "-d", f"{mails}/%S.", *options, f"127.0.0.1:{port}", "10"]
        log = root / "log"
        with running(command, log) as process:
            wait_for_port(process, log, port)
            yield Place(port, mails)


def swaks(*, tls: bool = False) -> str:
    """The path of swaks; for TLS it needs a Perl module."""
    program = need("swaks", "swaks")
    said = subprocess.run([program, "--support"], capture_output=True, text=True, timeout=60, check=False)
    if tls and "=== TLS supported" not in said.stdout + said.stderr:
        told = "swaks has no TLS: apt-get install libnet-ssleay-perl"
        if os.environ.get("CI") == "1":
            pytest.fail(told)
        pytest.skip(told)
    return program


_MAIN = """
compatibility_level = 3.6
config_directory = {root}/conf
queue_directory = {root}/queue
data_directory = {root}/data
meta_directory = {root}/conf
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
shlib_directory = /usr/lib/postfix
sendmail_path = /usr/sbin/sendmail
newaliases_path = /usr/bin/newaliases
mailq_path = /usr/bin/mailq
manpage_directory = /usr/share/man
sample_directory = /etc/postfix
html_directory = no
readme_directory = no
mail_owner = postfix
setgid_group = postdrop
default_privs = nobody
maillog_file = {root}/log
maillog_file_prefixes = /tmp, /var
myhostname = mx.example.org
mydestination =
mynetworks =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
alias_maps =
alias_database =
virtual_mailbox_domains = example.org
virtual_mailbox_base = {root}/mails
virtual_mailbox_maps = inline:{{ ann@example.org=ann/ , bob@example.org=bob/ }}
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
virtual_minimum_uid = 1
smtpd_recipient_restrictions = permit_sasl_authenticated, reject_unauth_destination
smtpd_tls_security_level = may
smtpd_tls_chain_files = {root}/conf/chain.pem
smtpd_tls_auth_only = yes
smtpd_sasl_auth_enable = yes
smtpd_sasl_local_domain = mx.example.org
cyrus_sasl_config_path = {root}/conf/sasl
"""
_MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
127.0.0.1:{tls_port} inet n - n - - smtpd -o smtpd_tls_wrappermode=yes
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
"""
_SASL = """
pwcheck_method: auxprop
auxprop_plugin: sasldb
sasldb_path: {root}/conf/sasldb2
mech_list: PLAIN LOGIN CRAM-MD5
"""


class Postfix(Place, frozen=True):
    """`tls_port` speaks TLS from the start."""

    tls_port: int


@contextlib.contextmanager
def postfix() -> Iterator[Postfix]:
    """A Postfix with its own configuration and queue: STARTTLS, SASL over TLS only, mailboxes of ann and bob."""
    program, saslpasswd = need("postfix", "postfix"), need("saslpasswd2", "sasl2-bin")
    if os.geteuid() != 0:
        pytest.skip("Postfix's master has to be started by root")
    with open_directory() as root:
        port, tls_port = free_port(), free_port()
        _configure(root, port, tls_port, saslpasswd)
        pid = root / "queue" / "pid" / "master.pid"
        log = root / "log"
        try:
            with running([program, "-c", root / "conf", "start-fg"], root / "starter") as process:
                wait_for_port(process, root / "starter", port)
                wait_for_port(process, root / "starter", tls_port)
                yield Postfix(port, root / "mails", tls_port)
        finally:
            # Its master leaves the group that it was started in: it is ended by its own id, with its children
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                _end_master(int(pid.read_text()))
            if log.exists():
                print(log.read_text())  # shown where a test fails


def _configure(root: Path, port: int, tls_port: int, saslpasswd: str) -> None:
    for name in ("conf/sasl", "conf/postfix-files.d", "conf/dynamicmaps.cf.d", "queue", "data", "mails"):
        (root / name).mkdir(parents=True)
    for name in ("postfix-files", "dynamicmaps.cf"):
        shutil.copy(f"/etc/postfix/{name}", root / "conf" / name)
    shutil.chown(root / "data", "postfix")
    shutil.chown(root / "mails", "nobody", "nogroup")
    mails = (root / "mails").stat()
    conf = root / "conf"
    (conf / "main.cf").write_text(_MAIN.format(root=root, uid=mails.st_uid, gid=mails.st_gid))
    (conf / "master.cf").write_text(_MASTER.format(port=port, tls_port=tls_port))
    (conf / "sasl" / "smtpd.conf").write_text(_SASL.format(root=root))
    (conf / "chain.pem").write_bytes(CERTIFICATE.key_pem + CERTIFICATE.cert_pem)
    database = conf / "sasldb2"
    command = [saslpasswd, "-p", "-c", "-u", "mx.example.org", "-f", str(database), USER]
    subprocess.run(command, input=PASSWORD.encode(), check=True, timeout=20)
    shutil.chown(database, "postfix")


def _end_master(pid: int) -> None:
    os.kill(pid, signal.SIGTERM)
    until = time.monotonic() + 10
    while time.monotonic() < until:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.02)
    os.kill(pid, signal.SIGKILL)


class Kept:
    """aiosmtpd's handler: keeps what comes, and refuses mail to `nobody`."""

    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []
        self.sessions: list[Session] = []

    async def handle_RCPT(  # noqa: N802  # aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:  # aiosmtpd's name
        if address.startswith("nobody@"):
            return "550 5.1.1 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802  # aiosmtpd's
        self.envelopes.append(envelope)
        self.sessions.append(session)
        return "250 2.0.0 kept"


def _known(server: SMTP, session: Session, envelope: Envelope, mechanism: str, given: object) -> AuthResult:
    right = isinstance(given, LoginPassword) and given == LoginPassword(USER.encode(), PASSWORD.encode())
    return AuthResult(success=right, handled=right)


@contextlib.asynccontextmanager
async def aiosmtpd(*, tls: bool = False, implicit: bool = False) -> AsyncIterator[tuple[int, Kept]]:
    """aiosmtpd with PLAIN and LOGIN, which it takes over TLS only."""
    kept = Kept()
    context = None
    if tls or implicit:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        with tempfile.NamedTemporaryFile(suffix=".pem") as file:
            file.write(CERTIFICATE.key_pem + CERTIFICATE.cert_pem)
            file.flush()
            context.load_cert_chain(file.name)

    def make() -> SMTP:
        return SMTP(
            kept, hostname="mx.example.org", enable_SMTPUTF8=True, authenticator=_known,
            tls_context=context if tls else None, auth_require_tls=not implicit,
        )  # fmt: skip

    server = await asyncio.get_running_loop().create_server(make, "127.0.0.1", 0, ssl=context if implicit else None)
    try:
        yield server.sockets[0].getsockname()[1], kept
    finally:
        server.close()
        await server.wait_closed()
