"""Foreign IRC on 127.0.0.1: ngIRCd, InspIRCd (with Atheme's SASL) and Twisted's words as servers."""

from __future__ import annotations

import contextlib
import os
import pty
import re
import select
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from netloom.links.authority import Authority
from tests.interop.peers import READY, end, free_port, need, running, wait_for_port, wait_for_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

AUTHORITY = Authority.create()
CERTIFICATE = AUTHORITY.issue(["localhost", "127.0.0.1"])
MODULES = Path("/usr/lib/inspircd/modules")


def write_certificate(folder: Path) -> tuple[Path, Path, Path]:
    """The authority, and a certificate with its key for localhost and 127.0.0.1."""
    paths = folder / "ca.pem", folder / "cert.pem", folder / "key.pem"
    parts = AUTHORITY.certificate_pem, CERTIFICATE.cert_pem, CERTIFICATE.key_pem
    for path, content in zip(paths, parts, strict=True):
        path.write_bytes(content)
        path.chmod(0o644)
    return paths


# Servers


class Server:
    """A foreign server's ports."""

    def __init__(self, port: int, tls: int = 0) -> None:
        self.port = port
        self.tls = tls


@contextlib.contextmanager
def ngircd(folder: Path, password: str = "") -> Iterator[Server]:
    """ngIRCd, plain and over TLS; with a server password where one is given."""
    program = need("ngircd", "ngircd")
    _, cert, key = write_certificate(folder)
    made = Server(free_port(), free_port())
    config = folder / "ngircd.conf"
    config.write_text(
        f"""[Global]
Name = irc.ngircd.test
Listen = 127.0.0.1
Ports = {made.port}
Info = counterpart
Network = ngnet
MotdPhrase = "warp and weft"
ServerUID = {os.getuid()}
ServerGID = {os.getgid()}
{f"Password = {password}" if password else ""}
[Limits]
MaxConnectionsIP = 0
PingTimeout = 60
[Options]
DNS = no
Ident = no
PAM = no
[SSL]
CertFile = {cert}
KeyFile = {key}
Ports = {made.tls}
""",
        encoding="utf-8",
    )
    log = folder / "ngircd.log"
    with running([program, "-n", "-f", str(config)], log) as process:
        wait_for_port(process, log, made.port)
        wait_for_port(process, log, made.tls)
        yield made


@contextlib.contextmanager
def inspircd(folder: Path, services: int = 0) -> Iterator[Server]:
    """InspIRCd with IRCv3's modules; `services` is a port at which services may link."""
    program = need("inspircd", "inspircd")
    _, cert, key = write_certificate(folder)
    made = Server(free_port(), free_port())
    names = [
        "ircv3", "ircv3_servertime", "ircv3_msgid", "ircv3_batch", "ircv3_labeledresponse", "ircv3_echomessage",
        "ircv3_accounttag", "ircv3_capnotify", "ircv3_chghost", "cap", "setname", "namesx", "uhnames", "ssl_gnutls",
        "monitor",
    ]  # fmt: skip
    linked = ""
    if services:
        names += ["sasl", "services_account", "spanningtree", "hidechans", "servprotect"]
        linked = f"""
            <bind address="127.0.0.1" port="{services}" type="servers">
            <link name="services.test" ipaddr="127.0.0.1" port="{services}" allowmask="127.0.0.0/8"
             sendpass="linkpass" recvpass="linkpass">
            <uline server="services.test" silent="yes">
            <sasl target="services.test" requiressl="no">"""
    there = [name for name in names if (MODULES / f"m_{name}.so").exists() or not MODULES.exists()]
    modules = "".join(f'<module name="{name}">' for name in there)
    config = folder / "inspircd.conf"
    config.write_text(
        f"""<config format="xml">
            <server name="irc.inspircd.test" description="counterpart" network="inspnet">
            <admin name="nobody" nick="nobody" email="nobody@example.org">
            <bind address="127.0.0.1" port="{made.port}" type="clients">
            <bind address="127.0.0.1" port="{made.tls}" type="clients" sslprofile="ours">
            <sslprofile name="ours" provider="gnutls" certfile="{cert}" keyfile="{key}"
             requestclientcert="no">
            <connect allow="*" resolvehostnames="no" threshold="1000" commandrate="100000" fakelag="no" maxchans="20"
             timeout="30" localmax="1000" globalmax="1000" useident="no">
            <security runasuser="" runasgroup="">
            <options prefixquit="Quit: " defaultmodes="nt">
            <log method="file" type="* -USERINPUT -USEROUTPUT" level="default" target="{folder}/inspircd.out">
            <pid file="{folder}/inspircd.pid">
            <path configdir="{folder}" datadir="{folder}" logdir="{folder}" moduledir="{MODULES}" runtimedir="{folder}">
            <files motd="{folder}/motd">
            {linked}
            {modules}""",
        encoding="utf-8",
    )
    (folder / "motd").write_text("warp and weft\n", encoding="utf-8")
    log = folder / "inspircd.log"
    root = ["--runasroot"] if os.getuid() == 0 else []
    # It crashes as it ends, and raises the soft limit on memory images to the hard one before
    limited = [need("prlimit", "util-linux"), "--core=0", program]
    with running([*limited, "--config", str(config), "--nofork", *root], log, cwd=folder) as process:
        wait_for_port(process, log, made.port)
        yield made


@contextlib.contextmanager
def with_atheme(folder: Path) -> Iterator[Server]:
    """InspIRCd with Atheme's services, which know the account ann with the password secret: SASL PLAIN."""
    program = need("atheme-services", "atheme-services")
    port = free_port()
    with inspircd(folder, port) as made:
        names = [
            "protocol/inspircd", "backend/opensex", "crypto/pbkdf2v2", "nickserv/main", "nickserv/register",
            "nickserv/identify", "saslserv/main", "saslserv/plain",
        ]  # fmt: skip
        config = folder / "atheme.conf"
        loads = "\n".join(f'loadmodule "modules/{name}";' for name in names)
        config.write_text(
            f"""{loads}
            serverinfo {{
                name = "services.test"; desc = "services"; numeric = "00A"; recontime = 1; netname = "inspnet";
                hidehostsuffix = "users.test"; adminname = "a"; adminemail = "a@example.org";
                registeremail = "a@example.org"; auth = none; loglevel = {{ all; }}; maxlogins = 5; maxusers = 5;
                mdlimit = 30; emaillimit = 10; emailtime = 300; commit_interval = 5; casemapping = rfc1459;
            }};
            uplink "irc.inspircd.test" {{
                host = "127.0.0.1"; port = {port}; send_password = "linkpass"; receive_password = "linkpass";
            }};
            nickserv {{ nick = "NickServ"; user = "NickServ"; host = "services.test"; real = "Nick"; }};
            saslserv {{ nick = "SaslServ"; user = "SaslServ"; host = "services.test"; real = "Sasl"; }};
            """,
            encoding="utf-8",
        )
        log = folder / "atheme.log"
        command = [
            program,
            "-n",
            "-c",
            str(config),
            "-l",
            str(log),
            "-p",
            str(folder / "atheme.pid"),
            "-D",
            str(folder),
        ]
        with running(command, folder / "atheme.out") as process:
            wait_for_words(process, folder / "atheme.out", "finished synching")
            yield made


_TWISTED = """
import sys
from twisted.cred import credentials, error, portal
from twisted.internet import defer, reactor
from twisted.words import service
class Checker:
    credentialInterfaces = (credentials.IUsernamePassword,)
    def requestAvatarId(self, given):
        return defer.succeed(given.username) if given.password == "secret" else defer.fail(error.UnauthorizedLogin())
realm = service.InMemoryWordsRealm("twisted.test")
realm.createUserOnRequest = realm.createGroupOnRequest = True
factory = service.IRCFactory(realm, portal.Portal(realm, [Checker()]))
reactor.listenTCP(int(sys.argv[1]), factory, interface="127.0.0.1")
reactor.run()
"""


@contextlib.contextmanager
def twisted(folder: Path) -> Iterator[Server]:
    """Twisted's words: everybody's password is secret, said with PASS."""
    made = Server(free_port())
    log = folder / "twisted.log"
    with running([sys.executable, "-c", _TWISTED, str(made.port)], log) as process:
        wait_for_port(process, log, made.port)
        yield made


# Clients

_ESCAPE = re.compile(r"\x1b(?:\[[0-9;?]*[A-Za-z]|\(B)")


class Typist:
    """A program at a terminal of its own: what it shows, and a keyboard."""

    def __init__(self, command: Sequence[str], environment: dict[str, str]) -> None:
        self._master, slave = pty.openpty()
        self.shown = ""
        self.process = subprocess.Popen(
            command, stdin=slave, stdout=slave, stderr=slave, env=environment, start_new_session=True
        )
        os.close(slave)

    def type(self, text: str) -> None:
        """Say a line."""
        os.write(self._master, f"{text}\n".encode())

    def wait(self, ready: Callable[[str], bool]) -> None:
        """Return once what it has shown fits."""
        until = time.monotonic() + READY
        while not ready(_ESCAPE.sub("", self.shown)):
            if time.monotonic() > until:
                pytest.fail(f"it showed {self.shown[-3000:]!r}")
            if select.select([self._master], [], [], 0.1)[0]:
                with contextlib.suppress(OSError):
                    self.shown += os.read(self._master, 65536).decode(errors="replace")

    def close(self) -> None:
        """End it."""
        end(self.process)
        os.close(self._master)


@contextlib.contextmanager
def typist(command: Sequence[str], folder: Path) -> Iterator[Typist]:
    """A program at a terminal, ended by its id."""
    environment = {
        **os.environ,
        "TERM": "xterm",
        "HOME": str(folder),
        "LC_ALL": "C.UTF-8",
        "LINES": "50",
        "COLUMNS": "200",
    }
    made = Typist(command, environment)
    try:
        yield made
    finally:
        made.close()
