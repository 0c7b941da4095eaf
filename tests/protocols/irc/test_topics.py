"""Channels are topics: each of one has one of the other."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netloom.protocols.irc.topics import LIMIT, channel_of, topic_of


@pytest.mark.parametrize(
    ("topic", "channel"),
    [
        ("house/kitchen", "#house/kitchen"), ("", "#"), ("a b", "#a%20b"), ("a,b", "#a%2Cb"), ("100%", "#100%25"),
        ("%20", "#%2520"), ("a\x07", "#a%07"), ("/", "#/"), ("é", "#é"), ("$SYS/x", "#$SYS/x"), ("a:b", "#a:b"),
    ],
)  # fmt: skip
def test_both_ways(topic: str, channel: str) -> None:
    assert channel_of(topic) == channel
    assert topic_of(channel) == topic


@settings(deadline=None)
@given(st.text(st.characters(exclude_characters="\0+#", exclude_categories=["Cs"]), max_size=LIMIT))
def test_every_topic_comes_back(topic: str) -> None:
    channel = channel_of(topic)
    assert topic_of(channel) == (topic if len(channel.encode()) <= LIMIT else None)


@settings(deadline=None)
@given(st.text(max_size=20))
def test_a_channel_has_one_topic_or_none(name: str) -> None:
    topic = topic_of(f"#{name}")
    assert topic is None or channel_of(topic) == f"#{name}"


@pytest.mark.parametrize(
    "channel", ["", "a", "&a", "#a+", "##", "#%", "#%2", "#%2b", "#%2B", "#%41", "#%00", "#a b", "#" + "a" * LIMIT]
)
def test_none(channel: str) -> None:
    assert topic_of(channel) is None
