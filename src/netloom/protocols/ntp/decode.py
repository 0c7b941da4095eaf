"""NTP, the passive decoder (RFC 5905 §7.3)."""

from __future__ import annotations

from netloom.errors import RemoteProtocolError
from netloom.records import Said
from netloom.wire import ntp


class Decoder:
    """Each datagram in words."""

    def feed(self, sender: str, data: bytes) -> list[Said]:
        """One datagram."""
        try:
            packet = ntp.parse(data)
        except RemoteProtocolError as exc:
            return [Said(sender=sender, words=f"no NTP packet: {exc.message}", size=len(data))]
        if packet.mode == ntp.Mode.SERVER:
            now, reference = ntp.to_unix(packet.transmit), packet.reference_words
            words = f"it is {now:.6f}, stratum {packet.stratum}, reference {reference}"
        else:
            words = f"what time is it? (version {packet.version}, mode {packet.mode})"
        return [Said(sender=sender, words=words, size=len(data))]


def is_request(data: bytes) -> bool:
    """Whether a first datagram is a client's question."""
    return len(data) >= ntp.HEADER_SIZE and data[0] & 7 == ntp.Mode.CLIENT and 1 <= data[0] >> 3 & 7 <= 4
