"""NETCONF, the passive decoder: messages in words; inside SSH nothing can be seen."""

from __future__ import annotations

from netloom.errors import RemoteProtocolError
from netloom.records import Said
from netloom.wire.netconf import framing, messages
from netloom.wire.netconf.messages import Hello, Notification, Reply, Rpc
from netloom.wire.ssh_passive import Decoder as SSHDecoder

LIMIT = 4 * 1024 * 1024
_SHOWN = 120


class Decoder:
    """Either side of a connection: SSH until it encrypts, or what a channel carries."""

    def __init__(self) -> None:
        self._ssh: SSHDecoder | None = None
        self._readers: dict[str, framing.Reader | None] = {
            "client": framing.Reader(LIMIT),
            "server": framing.Reader(LIMIT),
        }
        self._hellos: dict[str, Hello] = {}
        self._begun = False

    def feed(self, sender: str, data: bytes) -> list[Said]:
        """One piece as it passed."""
        if not self._begun and data[:4] == b"SSH-":
            self._ssh = SSHDecoder()
        self._begun = True
        if self._ssh is not None:
            return [said for said in self._ssh.feed(sender, data) if not said.words.endswith("bytes, encrypted")]
        reader = self._readers[sender]
        if reader is None:
            return [Said(sender=sender, words=f"{len(data)} bytes", size=len(data))]
        said: list[Said] = []
        reader.feed(data)
        try:
            while (message := self._next(reader)) is not None:
                said.append(Said(sender=sender, words=self._words(sender, message), size=len(message)))
        except RemoteProtocolError as error:
            self._readers[sender] = None
            said.append(Said(sender=sender, words=f"no NETCONF: {error.message}", size=len(data)))
        return said

    def _next(self, reader: framing.Reader) -> bytes | None:
        """The next message. Framing changes once both have said hello, at whatever follows a side's own hello."""
        if len(self._hellos) == 2 and all(hello.is_chunked for hello in self._hellos.values()):
            reader.chunked = True
        return reader.take()

    def _words(self, sender: str, message: bytes) -> str:
        if sender not in self._hellos:
            hello = self._hellos[sender] = messages.parse_hello(message)
            session = f"session {hello.session}, " if hello.session is not None else ""
            return f"hello: {session}{len(hello.capabilities)} capabilities"
        heard = messages.parse(message)
        if isinstance(heard, Rpc):
            stores = [
                child.children[0].name
                for child in heard.operation.children
                if child.name in ("source", "target") and child.children
            ]
            return f"{heard.attributes.get('message-id', '')} {heard.operation.name} {' '.join(stores)}"[
                :_SHOWN
            ].strip()
        if isinstance(heard, Notification):
            return f"notification {heard.event.name} at {heard.at}"[:_SHOWN]
        assert isinstance(heard, Reply)  # noqa: S101  # what is left
        number = heard.attributes.get("message-id", "")
        if heard.errors:
            return f"{number} error {'; '.join(map(str, heard.errors))}"[:_SHOWN].strip()
        if heard.is_ok:
            return f"{number} ok".strip()
        return f"{number} {', '.join(node.name for node in heard.content)}, {len(message)} bytes"[:_SHOWN].strip()
