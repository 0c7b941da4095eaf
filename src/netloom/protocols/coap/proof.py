"""Who has shown to be where they say they are: by an Echo that only somebody there can have read (RFC 9175 §2)."""

from __future__ import annotations

import hmac
import secrets
from collections import OrderedDict
from hashlib import blake2b
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from netloom.links.datagrams import Peer

FRESH = 300.0
"""Seconds for which a proof holds, and in which one has to be shown."""
PEERS = 4096
"""Peers whose proof is remembered; beyond so many, the oldest have to prove it again."""
SIZE = 8


class Proofs:
    """What is asked and what was shown. An Echo says when it was made and for whom, so that nothing is kept for it."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._key = secrets.token_bytes(16)
        self._shown: OrderedDict[Peer, float] = OrderedDict()

    def challenge(self, peer: Peer) -> bytes:
        """An Echo for a peer."""
        return self._echo(peer, self._epoch)

    def show(self, peer: Peer, echo: bytes) -> bool:
        """Whether an Echo is one of ours for this peer, and not too old."""
        right = any(
            hmac.compare_digest(echo, self._echo(peer, epoch)) for epoch in (self._epoch, self._epoch - 1)
        )  # fmt: skip
        if right:
            self._shown[peer] = self._clock() + FRESH
            self._shown.move_to_end(peer)
            if len(self._shown) > PEERS:
                self._shown.popitem(last=False)
        return right

    def stands(self, peer: Peer) -> bool:
        """Whether a peer has shown it lately."""
        until = self._shown.get(peer)
        if until is not None and until < self._clock():
            del self._shown[peer]
            return False
        return until is not None

    @property
    def _epoch(self) -> int:
        return int(self._clock() / FRESH)

    def _echo(self, peer: Peer, epoch: int) -> bytes:
        said = repr((peer, epoch)).encode()
        return blake2b(said, key=self._key, digest_size=SIZE).digest()
