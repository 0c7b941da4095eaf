"""Content codings undone piece by piece, with bounds on size and ratio (RFC 9110 §8.4, RFC 7932, RFC 8878)."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from netloom.errors import RemoteProtocolError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ACCEPTED = "gzip, deflate, br, zstd"
"""What we ask for in Accept-Encoding."""
PIECE = 64 * 1024

_RULE = "RFC 9110 §8.4"
_LAYERS = 4
_ZSTD_INPUT = 128  # octets of zstd hold at most 32 blocks of 128 KiB: its decoder has no bound of its own
_ZSTD_WINDOW = 8 << 20  # RFC 8878 §3.1.1.1.2


class Limits(Struct, frozen=True, kw_only=True):
    """Decoded `size` in octets, and how many times larger than what came it may be once it is above `free` octets."""

    size: int = 1 << 30
    ratio: int = 200
    free: int = 16 << 20


class _Layer(Protocol):
    def feed(self, data: bytes) -> Iterator[bytes]: ...
    def finish(self) -> None: ...


class Decoder:
    """Undoes the codings of a Content-Encoding field. An unknown one is a RemoteProtocolError, as is a bomb."""

    def __init__(self, encoding: str, limits: Limits | None = None) -> None:
        names = [name.strip().lower() for name in encoding.split(",")]
        names = [name for name in names if name and name != "identity"]
        if len(names) > _LAYERS:
            raise RemoteProtocolError(f"more than {_LAYERS} content codings", rule=_RULE)
        self._limits = limits or Limits()
        self._came = 0
        self._layers: list[_Layer] = []
        for name in reversed(names):
            make = _KNOWN.get(name)
            if make is None:
                raise RemoteProtocolError(
                    f"content coding {name[:40]!r} isn't known here", rule=_RULE, hint="-O compressed=no"
                )
            self._layers.append(make())
        self._made = [0] * len(self._layers)

    def feed(self, data: bytes) -> Iterator[bytes]:
        """What these octets decode to, in pieces. Raises RemoteProtocolError."""
        self._came += len(data)
        return self._through(0, data)

    def finish(self) -> None:
        """The body has ended. Raises RemoteProtocolError where the coding hasn't."""
        if self._came:
            for layer in self._layers:
                layer.finish()

    def _through(self, number: int, data: bytes) -> Iterator[bytes]:
        if number == len(self._layers):
            if data:
                yield data
            return
        for piece in self._layers[number].feed(data):
            self._made[number] += len(piece)
            self._check(self._made[number])
            yield from self._through(number + 1, piece)

    def _check(self, made: int) -> None:
        limits = self._limits
        if made > limits.size:
            raise RemoteProtocolError(
                f"the body decodes to more than {limits.size} bytes", rule=_RULE, hint="-O max_size=BYTES"
            )
        if made > limits.free and made > self._came * limits.ratio:
            raise RemoteProtocolError(
                f"a decompression bomb: {self._came} bytes became more than {made - 1}",
                rule=_RULE,
                hint="-O max_ratio=NUMBER",
            )


class _Zlib:
    """gzip with all its members, or deflate: zlib's format, or raw as some servers mean it."""

    def __init__(self, wbits: int) -> None:
        self._wbits = wbits
        self._decoder: zlib._Decompress | None = None
        self._start = b""

    def feed(self, data: bytes) -> Iterator[bytes]:
        data = self._start + data
        self._start = b""
        while data:
            if self._decoder is None:
                if self._wbits == 15 and len(data) < 2:
                    self._start = data
                    return
                self._decoder = zlib.decompressobj(_window(data) if self._wbits == 15 else self._wbits)
            decoder = self._decoder
            try:
                made = decoder.decompress(data, PIECE)
            except zlib.error as error:
                raise _broken(error) from None
            if made:
                yield made
            data = decoder.unconsumed_tail
            if decoder.eof:
                data = decoder.unused_data
                if self._wbits != 31 and data:
                    raise RemoteProtocolError("there is something after the end of the deflated data", rule=_RULE)
                self._decoder = None if self._wbits == 31 else decoder
                if self._wbits != 31:
                    return
            elif not made and not data:
                return

    def finish(self) -> None:
        if self._start or (self._decoder is not None and not self._decoder.eof):
            raise _truncated()


class _Brotli:
    def __init__(self) -> None:
        import brotli

        self._error = brotli.error
        self._decoder = brotli.Decompressor()

    def feed(self, data: bytes) -> Iterator[bytes]:
        while True:
            try:
                made = self._decoder.process(data, output_buffer_limit=PIECE)
            except self._error as error:
                raise _broken(error) from None
            if made:
                yield made
            data = b""
            if self._decoder.can_accept_more_data() or (not made and self._decoder.is_finished()):
                return

    def finish(self) -> None:
        if not self._decoder.is_finished():
            raise _truncated()


class _Zstd:
    def __init__(self) -> None:
        import zstandard

        self._error = zstandard.ZstdError
        self._decompressor = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW)
        self._decoder = self._decompressor.decompressobj()

    def feed(self, data: bytes) -> Iterator[bytes]:
        view = memoryview(data)
        at = 0
        while at < len(view):
            if self._decoder.eof:  # the next frame (RFC 8878 §3.1)
                self._decoder = self._decompressor.decompressobj()
            piece = bytes(view[at : at + _ZSTD_INPUT])
            try:
                made = self._decoder.decompress(piece)
            except self._error as error:
                raise _broken(error) from None
            at += len(piece) - len(self._decoder.unused_data)
            if made:
                yield made

    def finish(self) -> None:
        if not self._decoder.eof:
            raise _truncated()


_KNOWN: dict[str, Callable[[], _Layer]] = {
    "gzip": lambda: _Zlib(31),
    "x-gzip": lambda: _Zlib(31),
    "deflate": lambda: _Zlib(15),
    "br": _Brotli,
    "zstd": _Zstd,
}


def _window(data: bytes) -> int:
    """zlib's own header, or raw deflate, which has none (RFC 9110 §8.4.1.2, note)."""
    return 15 if data[0] & 15 == 8 and (data[0] << 8 | data[1]) % 31 == 0 else -15


def _broken(error: Exception) -> RemoteProtocolError:
    return RemoteProtocolError(f"the compressed body is broken: {error}", rule=_RULE)


def _truncated() -> RemoteProtocolError:
    return RemoteProtocolError("the compressed body ends in the middle", rule=_RULE)
