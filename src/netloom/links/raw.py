"""Raw links, the passive decoder: bytes that carry no meaning that anybody knows."""

from __future__ import annotations

from netloom.records import Said


class RawDecoder:
    """Bytes in words: printable text as it is, the rest escaped."""

    def feed(self, sender: str, data: bytes) -> list[Said]:
        """One piece as it passed."""
        shown = data[:60].decode("ascii", "backslashreplace").encode("unicode_escape").decode()
        words = f"{len(data)} bytes: {shown}{'…' if len(data) > 60 else ''}" if data else "0 bytes"
        return [Said(sender=sender, words=words, size=len(data))]
