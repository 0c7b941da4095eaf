"""Foreign Telnet servers, each on a port of 127.0.0.1: inetutils' telnetd, and ones made of telnetlib3 and Twisted."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING

from tests.interop.peers import free_port, need, running, wait_for_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

USER, PASSWORD = "ann", "can4ry pa55:word"

# What telnetd runs in login's place: it asks as login does, and gives a shell that leaves nothing behind.
LOGIN = f"""#!/bin/sh
printf 'test host\\n\\nhost login: '
read -r user
stty -echo
printf 'Password: '
read -r password
stty echo
printf '\\n'
if [ "$user" != {USER} ] || [ "$password" != '{PASSWORD}' ]; then
    printf 'Login incorrect\\n'
    exit 1
fi
PS1='host$ ' exec /bin/sh -i
"""

TELNETLIB3 = f"""
import asyncio, sys
import telnetlib3

async def shell(reader, writer):
    async def line(echo=True):
        said = ""
        while True:
            letter = await reader.read(1)
            if letter == "":
                raise EOFError
            if letter == "\\n":
                continue
            if letter == "\\r":
                writer.write("\\r\\n")
                return said
            if letter == "\\0":
                continue
            said += letter
            if echo:
                writer.write(letter)
    writer.write("\\r\\nUsername: ")
    user = await line()
    writer.write("Password: ")
    password = await line(echo=False)
    if (user, password) != ("{USER}", "{PASSWORD}"):
        writer.write("% Login invalid\\r\\n")
        writer.close()
        return
    while True:
        writer.write("lab# ")
        said = await line()
        if said == "exit":
            break
        if said == "term":
            writer.write(str(writer.get_extra_info("TERM")) + "\\r\\n")
        elif said:
            writer.write("you said " + said + "\\r\\n")
    writer.close()

async def main():
    server = await telnetlib3.create_server("127.0.0.1", int(sys.argv[1]), shell=shell, timeout=60)
    await server.wait_closed() if hasattr(server, "wait_closed") else None
    await asyncio.Event().wait()

asyncio.run(main())
"""

TWISTED = f"""
import sys
from twisted.conch.telnet import AuthenticatingTelnetProtocol, StatefulTelnetProtocol, TelnetTransport
from twisted.cred import checkers, portal
from twisted.internet import protocol, reactor
from zope.interface import implementer

class Lines(StatefulTelnetProtocol):
    state = "Command"
    def connectionMade(self):
        self.transport.write(b"tw> ")
    def telnet_Command(self, line):
        if line.strip():
            self.transport.write(b"you said " + line.strip() + b"\\r\\n")
        self.transport.write(b"tw> ")
        return "Command"

@implementer(portal.IRealm)
class Realm:
    def requestAvatar(self, avatar, mind, *interfaces):
        return interfaces[0], Lines(), lambda: None

known = checkers.InMemoryUsernamePasswordDatabaseDontUse()
known.addUser(b"{USER}", b"{PASSWORD}")
factory = protocol.ServerFactory()
factory.protocol = lambda: TelnetTransport(AuthenticatingTelnetProtocol, portal.Portal(Realm(), [known]))
reactor.listenTCP(int(sys.argv[1]), factory, interface="127.0.0.1")
reactor.run()
"""


@contextlib.contextmanager
def telnetd(folder: Path) -> Iterator[int]:
    """inetutils' telnetd behind socat, which hands it each connection as inetd does; its port."""
    program, socat = need("telnetd", "inetutils-telnetd"), need("socat", "socat")
    login = folder / "login"
    login.write_text(LOGIN)
    login.chmod(0o755)
    port, log = free_port(), folder / "telnetd.log"
    listening = f"TCP-LISTEN:{port},bind=127.0.0.1,reuseaddr,fork"
    with running([socat, listening, f"EXEC:{program} -h -E {login},nofork"], log) as process:
        wait_for_port(process, log, port)
        yield port


@contextlib.contextmanager
def made_of(script: str, folder: Path) -> Iterator[int]:
    """A server that a script of Python is; its port."""
    port, log = free_port(), folder / "server.log"
    path = folder / "server.py"
    path.write_text(script)
    with running([sys.executable, path, str(port)], log) as process:
        wait_for_port(process, log, port)
        yield port
