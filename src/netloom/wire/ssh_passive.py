"""SSH as it passes: everything before the new keys in words, and then only how much (RFC 4253)."""

from __future__ import annotations

from netloom.errors import RemoteProtocolError
from netloom.records import Said
from netloom.wire import ssh

LIMIT = 256 * 1024
"""Bytes that are kept while a message isn't whole."""
_MESSAGES = {
    1: "disconnect", 2: "ignore", 3: "unimplemented", 4: "debug", 5: "service request", 6: "service accept",
    7: "extension info", 21: "new keys: everything is encrypted from here on", 30: "key exchange: our part",
    31: "key exchange: the server's part", 32: "key exchange: group exchange", 33: "key exchange: the server's part",
    34: "key exchange: which group?",
}  # fmt: skip


class Decoder:
    """What each side says until it encrypts. Nothing secret is said before, and nothing can be read after."""

    def __init__(self) -> None:
        self._buffers = {"client": b"", "server": b""}
        self._steps = {"client": self._version, "server": self._version}
        self._kex: dict[str, tuple[str, ...]] = {}

    def feed(self, sender: str, data: bytes) -> list[Said]:
        """One piece as it passed."""
        if self._steps[sender] == self._encrypted:
            return [Said(sender=sender, words=f"{len(data)} bytes, encrypted", size=len(data))]
        self._buffers[sender] += data
        said: list[Said] = []
        try:
            while (found := self._steps[sender](sender)) is not None:
                words, size = found
                self._buffers[sender] = self._buffers[sender][size:]
                said.append(Said(sender=sender, words=words, size=size))
            if len(self._buffers[sender]) > LIMIT:
                raise RemoteProtocolError(f"a message of more than {LIMIT} bytes")
        except RemoteProtocolError as error:
            self._steps[sender] = self._encrypted
            said.append(Said(sender=sender, words=f"no SSH: {error.message}", size=len(self._buffers[sender])))
            self._buffers[sender] = b""
        return said

    def _version(self, sender: str) -> tuple[str, int] | None:
        found = ssh.parse_greeting(self._buffers[sender])
        if found is None:
            return None
        self._steps[sender] = self._packet
        before = f" after {len(found[0].lines)} lines" if found[0].lines else ""
        return f"{found[0].version}{before}", found[1]

    def _packet(self, sender: str) -> tuple[str, int] | None:
        found = ssh.parse_packet(self._buffers[sender])
        if found is None:
            return None
        payload, size = found
        if payload[0] == ssh.NEWKEYS:
            self._steps[sender] = self._encrypted
        elif payload[0] == ssh.KEXINIT:
            return self._proposal(sender, ssh.parse_kexinit(payload)), size
        key = ssh.parse_host_key(payload, self._method()) if sender == "server" else None
        shown = f", host key {ssh.key_type(key)} {ssh.fingerprint(key)}" if key else ""
        return f"{_MESSAGES.get(payload[0], f'message {payload[0]}')}{shown}", size

    def _proposal(self, sender: str, offer: ssh.KexInit) -> str:
        self._kex[sender] = offer.kex
        first = [names[0] for names in (offer.algorithms, offer.host_key, offer.ciphers_s2c, offer.macs_s2c) if names]
        return (
            f"key exchange proposal: {', '.join(first)} …{' (strict)' if sender == 'server' and offer.strict else ''}"
        )

    def _method(self) -> str:
        return ssh.agreed(self._kex.get("client", ()), self._kex.get("server", ()))

    def _encrypted(self, sender: str) -> tuple[str, int] | None:
        rest = len(self._buffers[sender])
        return (f"{rest} bytes, encrypted", rest) if rest else None
