"""What QPACK's two streams may say while there is no dynamic table (RFC 9204 §4.3, §4.4)."""

from __future__ import annotations

from netloom.wire.http3.codes import Code, Http3Error

_CAPACITY_0 = 0x20


def check_encoder(data: bytes) -> None:
    """The peer's encoder may set a capacity of 0, and nothing else. Raises Http3Error."""
    if data.strip(bytes((_CAPACITY_0,))):
        raise Http3Error(
            Code.QPACK_ENCODER_STREAM_ERROR, "an entry for a dynamic table, and there is none", "RFC 9204 §3.2.3"
        )


class DecoderStream:
    """The peer's decoder may cancel streams: there is nothing to acknowledge."""

    __slots__ = ("_within",)

    def __init__(self) -> None:
        self._within = False  # an integer that goes on

    def feed(self, data: bytes) -> None:
        """Raises Http3Error for an acknowledgement of what was never inserted."""
        for octet in data:
            if self._within:
                self._within = bool(octet & 0x80)
            elif octet & 0xC0 == 0x40:
                self._within = octet & 0x3F == 0x3F
            else:
                raise Http3Error(
                    Code.QPACK_DECODER_STREAM_ERROR, "an acknowledgement of what wasn't inserted", "RFC 9204 §4.4"
                )
