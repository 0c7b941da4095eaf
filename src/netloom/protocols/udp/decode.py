"""UDP, the passive decoder: how many bytes went which way, and how they begin."""

from netloom.links.raw import RawDecoder

Decoder = RawDecoder
