"""A process with Twisted's IMAP and POP3 servers: `mail_twisted.py FOLDER USER PASSWORD`, which says its four ports."""

# Names as Twisted has them, and types as zope.interface would check them
# ruff: noqa: N802
# mypy: disallow-untyped-calls=False
# mypy: disable-error-code="arg-type,assignment,import-untyped,index,list-item,misc,method-assign"

from __future__ import annotations

import sys
from email import message_from_bytes
from email.utils import formatdate
from io import BytesIO
from pathlib import Path
from typing import Any, ClassVar

from twisted.cred import checkers, credentials, portal
from twisted.internet import defer, reactor, ssl
from twisted.internet.protocol import ServerFactory
from twisted.mail import imap4, pop3
from twisted.python import log
from zope.interface import implementer


@implementer(imap4.IMessage, imap4.IMessageFile)
class Message:
    """One message."""

    def __init__(self, uid: int, data: bytes, flags: Any, date: str) -> None:
        self.uid = uid
        self.data = data
        self.flags = set(flags)
        self.date = date
        self.parsed = message_from_bytes(data)

    def open(self) -> BytesIO:
        return BytesIO(self.data)

    def getUID(self) -> int:
        return self.uid

    def getFlags(self) -> list[str]:
        return sorted(self.flags)

    def getInternalDate(self) -> str:
        return self.date

    def getHeaders(self, negate: bool, *names: Any) -> dict[str, str]:
        wanted = {(name.decode() if isinstance(name, bytes) else name).lower() for name in names}
        return {
            name.lower(): value
            for name, value in self.parsed.items()
            if not wanted or (name.lower() in wanted) is not negate
        }

    def getBodyFile(self) -> BytesIO:
        return BytesIO(self.data.partition(b"\r\n\r\n")[2])

    def getSize(self) -> int:
        return len(self.data)

    def isMultipart(self) -> bool:
        return False

    def getSubPart(self, part: int) -> None:
        raise IndexError(part)


@implementer(imap4.IMailbox, pop3.IMailbox)
class Mailbox:
    """One mailbox, which both servers show."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.next = 1
        self.listeners: list[Any] = []
        self.going: set[int] = set()

    # IMAP

    def getFlags(self) -> list[str]:
        return ["\\Seen", "\\Answered", "\\Flagged", "\\Deleted", "\\Draft"]

    def getHierarchicalDelimiter(self) -> str:
        return "/"

    def getUIDValidity(self) -> int:
        return 42

    def getUIDNext(self) -> int:
        return self.next

    def getUID(self, number: int) -> int:
        return self.messages[number - 1].uid

    def getMessageCount(self) -> int:
        return len(self.messages)

    def getRecentCount(self) -> int:
        return 0

    def getUnseenCount(self) -> int:
        return sum("\\Seen" not in message.flags for message in self.messages)

    def isWriteable(self) -> bool:
        return True

    def destroy(self) -> None:
        self.messages.clear()

    def requestStatus(self, names: Any) -> Any:
        return imap4.statusRequestHelper(self, names)

    def addListener(self, listener: Any) -> None:
        self.listeners.append(listener)

    def removeListener(self, listener: Any) -> None:
        self.listeners.remove(listener)

    def addMessage(self, body: Any, flags: Any = (), date: Any = None) -> Any:
        self.messages.append(Message(self.next, body.read(), flags, date or formatdate()))
        self.next += 1
        for listener in self.listeners:
            listener.newMessages(len(self.messages), None)
        return defer.succeed(None)

    def expunge(self) -> list[int]:
        gone = [number for number, message in enumerate(self.messages, 1) if "\\Deleted" in message.flags]
        self.messages = [message for message in self.messages if "\\Deleted" not in message.flags]
        return gone

    def fetch(self, messages: Any, uid: int) -> list[tuple[int, Message]]:
        messages.last = (self.messages[-1].uid if self.messages else 0) if uid else len(self.messages)
        return [
            (number, message)
            for number, message in enumerate(self.messages, 1)
            if (message.uid if uid else number) in messages
        ]

    def store(self, messages: Any, flags: Any, mode: int, uid: int) -> dict[int, list[str]]:
        for _, message in self.fetch(messages, uid):
            message.flags = {
                -1: message.flags - set(flags),
                0: set(flags),
                1: message.flags | set(flags),
            }[mode]
        return {number: message.getFlags() for number, message in self.fetch(messages, uid)}

    # POP3

    def listMessages(self, index: int | None = None) -> Any:
        sizes = [0 if at in self.going else len(one.data) for at, one in enumerate(self.messages)]
        return sizes if index is None else sizes[index]

    def getMessage(self, index: int) -> BytesIO:
        return BytesIO(self.messages[index].data.replace(b"\r\n", b"\n"))

    def getUidl(self, index: int) -> str:
        return f"u{self.messages[index].uid}"

    def deleteMessage(self, index: int) -> None:
        self.messages[index]  # raises IndexError where there is none
        self.going.add(index)

    def undeleteMessages(self) -> None:
        self.going.clear()

    def sync(self) -> None:
        self.messages = [one for at, one in enumerate(self.messages) if at not in self.going]
        self.going.clear()


@implementer(imap4.IAccount)
class Store:
    """The mailboxes of the one account there is."""

    def __init__(self) -> None:
        self.mailboxes = {"INBOX": Mailbox()}
        self.subscribed: set[str] = set()

    def select(self, name: str, rw: bool = True) -> Mailbox:
        """A mailbox is made by its first use: Twisted's TRYCREATE ends in a TypeError."""
        return self.mailboxes.setdefault("INBOX" if name.upper() == "INBOX" else name, Mailbox())

    def create(self, name: str) -> bool:
        if name in self.mailboxes:
            raise imap4.MailboxCollision(name)
        self.mailboxes[name] = Mailbox()
        return True

    def delete(self, name: str) -> None:
        if self.mailboxes.pop(name, None) is None:
            raise imap4.MailboxException("there is none")

    def listMailboxes(self, reference: str, pattern: str) -> list[tuple[str, Mailbox]]:
        fits = imap4.wildcardToRegexp(reference + pattern, "/")
        return [(name, box) for name, box in self.mailboxes.items() if fits.match(name)]

    def isSubscribed(self, name: str) -> bool:
        return name in self.subscribed

    def subscribe(self, name: str) -> None:
        self.subscribed.add(name)

    def unsubscribe(self, name: str) -> None:
        self.subscribed.discard(name)


@implementer(portal.IRealm)
class Realm:
    """One account for everybody who knows the password."""

    def __init__(self) -> None:
        self.account = Store()

    def requestAvatar(self, name: Any, mind: Any, *interfaces: Any) -> Any:
        if imap4.IAccount in interfaces:
            return imap4.IAccount, self.account, lambda: None
        return pop3.IMailbox, self.account.mailboxes["INBOX"], lambda: None


class Imap4(imap4.IMAP4Server):
    """Twisted's, which fails where APPEND has no flags (26.10)."""

    def _cbAppendGotMailbox(self, mbox: Any, tag: Any, flags: Any, date: Any, message: Any) -> None:
        super()._cbAppendGotMailbox(mbox, tag, flags or [], date, message)


def main() -> None:
    """Serve until the end."""
    folder, user, password = Path(sys.argv[1]), sys.argv[2].encode(), sys.argv[3].encode()
    known = checkers.InMemoryUsernamePasswordDatabaseDontUse()
    known.addUser(user, password)
    door = portal.Portal(Realm(), [known])
    tls = ssl.DefaultOpenSSLContextFactory(str(folder / "key.pem"), str(folder / "cert.pem"))

    class Imap(ServerFactory):
        def buildProtocol(self, address: Any) -> Any:
            server = Imap4(contextFactory=tls)
            server.portal = door
            server.challengers[b"CRAM-MD5"] = credentials.CramMD5Credentials
            server.challengers[b"LOGIN"] = imap4.LOGINCredentials
            server.challengers[b"PLAIN"] = imap4.PLAINCredentials
            server.factory = self
            return server

    @implementer(pop3.IServerFactory)
    class Pop3(ServerFactory):
        challengers: ClassVar = {b"CRAM-MD5": credentials.CramMD5Credentials}

        def buildProtocol(self, address: Any) -> Any:
            server = pop3.POP3()
            server.portal = door
            server.factory = self
            return server

    log.startLogging(sys.stdout)
    ports = [
        reactor.listenTCP(0, Imap(), interface="127.0.0.1"),
        reactor.listenSSL(0, Imap(), tls, interface="127.0.0.1"),
        reactor.listenTCP(0, Pop3(), interface="127.0.0.1"),
        reactor.listenSSL(0, Pop3(), tls, interface="127.0.0.1"),
    ]
    print("ready", *(port.getHost().port for port in ports), flush=True)
    reactor.run()


if __name__ == "__main__":
    main()
