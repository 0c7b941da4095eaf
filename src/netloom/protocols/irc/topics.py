"""Channels are topics: `#house/kitchen` is `house/kitchen`, and back."""

from __future__ import annotations

import re

from netloom.wire.irc.names import is_channel

LIMIT = 200
"""Bytes of a channel's name."""

_NOT_IN_A_CHANNEL = re.compile(r"[\x00-\x20,%\x7f]")
_ENCODED = re.compile(r"%([0-9A-F]{2})")


def channel_of(topic: str) -> str:
    """The channel of a topic: space, comma, percent and controls are percent-encoded."""
    return "#" + _NOT_IN_A_CHANNEL.sub(lambda found: f"%{ord(found[0]):02X}", topic)


def topic_of(channel: str) -> str | None:
    """The topic of a channel, or None where it has none: no topic has `+` or `#`, and each is named in one way."""
    if not is_channel(channel, "#", LIMIT):
        return None
    topic = _ENCODED.sub(lambda found: chr(int(found[1], 16)), channel[1:])
    if "\0" in topic or "+" in topic or "#" in topic or channel_of(topic) != channel:
        return None
    return topic
