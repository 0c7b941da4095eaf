"""Unpack: gzip, bzip2, xz and zstd as streams, their members one after another, bounded by the reader's buffer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from netloom.packet.captures.blocks import Damaged

if TYPE_CHECKING:
    from collections.abc import Callable

    Read = Callable[[int], bytes]

COMPRESSED = {
    b"\x1f\x8b": "gzip",
    b"BZh": "bzip2",
    b"\xfd7zXZ\0": "xz",
    b"\x28\xb5\x2f\xfd": "zstd",
    **{bytes([0x50 + number]) + b"\x2a\x4d\x18": "zstd" for number in range(16)},
}
"""How compressed files begin; zstd also with a frame that is to be skipped (RFC 8878 §3.1.2)."""
MEMORY_LIMIT = 128 * 1024 * 1024
"""Octets that a decompressor takes for its window, whatever a file claims to need."""
_PIECE = 65_536
_CUT = "what is compressed in it is cut"


class Unpacked(Protocol):
    """Gives decompressed octets."""

    def read_into(self, view: memoryview) -> int:
        """One octet at least, 0 at the end. Raises Damaged."""


def unpacked(kind: str, name: str, beginning: bytes, read: Read) -> Unpacked:
    """The decompressor of a kind for octets that start with `beginning` and go on with what `read` gives."""
    if kind == "zstd":
        return _Zstd(name, _Taken(beginning, read))
    return _Members(_MAKERS[kind], name, beginning, read)


def _gzip() -> Any:
    import zlib

    return zlib.decompressobj(wbits=31)


def _bzip2() -> Any:
    import bz2

    return bz2.BZ2Decompressor()


def _xz() -> Any:
    import lzma

    return lzma.LZMADecompressor(format=lzma.FORMAT_XZ, memlimit=MEMORY_LIMIT)


_MAKERS: dict[str, Callable[[], Any]] = {"gzip": _gzip, "bzip2": _bzip2, "xz": _xz}


class _Members:
    """What the standard library decompresses: one object a member."""

    def __init__(self, make: Callable[[], Any], name: str, beginning: bytes, read: Read) -> None:
        self._make = make
        self._name = name
        self._read = read
        self._given = 0
        self._decoder = make()
        self._rest = beginning
        self._failure: Damaged | None = None

    def read_into(self, view: memoryview) -> int:
        if self._failure is not None:
            raise self._failure
        while True:
            if self._decoder.eof and not self._next():
                return 0
            made = self._decompress(self._decoder, self._rest, len(view))
            if made:
                view[: len(made)] = made
                self._given += len(made)
                return len(made)
            if self._failure is not None:
                raise self._failure
            if not self._decoder.eof and not self._rest and not self._more():
                raise Damaged(self._name, _CUT, self._given)

    def _more(self) -> bool:
        self._rest = self._read(_PIECE)
        return bool(self._rest)

    def _next(self) -> bool:
        """The member that follows, behind zeros that pad; whether there is one."""
        rest = self._decoder.unused_data
        while not (rest := rest.lstrip(b"\0")):
            if not (rest := self._read(_PIECE)):
                return False
        self._decoder = self._make()
        self._rest = rest
        return True

    def _decompress(self, decoder: Any, data: bytes, limit: int) -> bytes:
        """At most `limit` octets. What is damaged counts up to there, as far as the decompressor lets it."""
        before = decoder.copy() if hasattr(decoder, "copy") else None
        try:
            made: bytes = decoder.decompress(data, limit)
        except Exception as error:
            if not _about_data(error):
                raise
            made = b"" if before is None else _salvaged(before, data, limit)
            self._failure = Damaged(self._name, f"what is compressed in it is broken: {error}", self._given + len(made))
            return made
        # zlib gives back what it didn't use; the others keep it
        self._rest = getattr(decoder, "unconsumed_tail", b"")
        return made


def _about_data(error: Exception) -> bool:
    """Whether a decompressor complains about what it was given. bz2 and lzma say OSError, EOFError, or their own."""
    return isinstance(error, OSError | EOFError | ValueError) or type(error).__module__ in ("zlib", "_lzma", "lzma")


def _salvaged(decoder: Any, data: bytes, limit: int) -> bytes:
    """What comes out before a fault, octet by octet."""
    made = bytearray()
    for number in range(len(data)):
        try:
            made += decoder.decompress(data[number : number + 1], limit - len(made) or 1)
        except Exception as error:
            if not _about_data(error):
                raise
            break
        if len(made) >= limit:
            break
    return bytes(made[:limit])


class _Taken:
    """Compressed octets as zstandard reads them: a file of which it is known whether it ended within a frame."""

    def __init__(self, beginning: bytes, read: Read) -> None:
        from netloom.packet.captures.zstd_frames import ZstdFrames

        self.ended = False
        self.frames = ZstdFrames()
        self._beginning = beginning
        self._read = read

    def read(self, size: int = -1) -> bytes:
        data, self._beginning = self._beginning or self._read(_PIECE if size < 0 else size), b""
        self.ended = not data
        self.frames.feed(data)
        return data


class _Zstd:
    """zstd, by zstandard's reader of streams."""

    def __init__(self, name: str, taken: _Taken) -> None:
        import zstandard

        self._name = name
        self._taken = taken
        self._error = zstandard.ZstdError
        self._given = 0
        decompressor = zstandard.ZstdDecompressor(max_window_size=MEMORY_LIMIT)
        # Its types want a whole file; it calls nothing but read
        self._reader = decompressor.stream_reader(taken, read_size=_PIECE, read_across_frames=True)  # type: ignore[arg-type]

    def read_into(self, view: memoryview) -> int:
        while True:
            try:
                size = self._reader.readinto1(view)
            except self._error as error:
                words = f"what is compressed in it is broken: {error}"
                raise Damaged(self._name, words, self._given) from error
            if size:
                self._given += size
                return size
            if self._taken.ended:
                if not self._taken.frames.whole:
                    raise Damaged(self._name, _CUT, self._given)
                return 0
