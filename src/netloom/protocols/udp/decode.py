"""UDP, the passive decoder: how many bytes went which way, and how they begin."""

from netloom.links.channel import RawDecoder

Decoder = RawDecoder
