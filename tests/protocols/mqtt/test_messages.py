"""A message's properties both ways (MQTT 5.0 §3.3.2.3)."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from netloom.protocols.mqtt.messages import carried, heard, properties_of, words_of
from netloom.wire.mqtt.packets import Publish
from netloom.wire.mqtt.properties import NONE, Properties, emit
from netloom.wire.mqtt.reasons import Kind


def test_there_and_back() -> None:
    said = Properties(content_type="x", response_topic="a/b", correlation_data=b"\0\1", user=(("k", "v"),))
    words = words_of(said)
    assert words == {"content-type": "x", "response-topic": "a/b", "correlation-data": "0001", "k": "v"}
    assert properties_of(words) == said
    assert words_of(NONE) == {}
    assert properties_of({}) is NONE


def test_what_is_not_mqtts_own_is_the_users() -> None:
    assert properties_of({"response-topic": "a/#", "correlation-data": "no hex"}) == Properties(
        user=(("response-topic", "a/#"), ("correlation-data", "no hex"))
    )
    assert properties_of({"k": "a\0b", "\ud800": "x", "long": "x" * 70_000, "ok": "1"}) == Properties(
        user=(("ok", "1"),)
    )


@given(
    st.dictionaries(st.text(max_size=5) | st.sampled_from(["response-topic", "correlation-data"]), st.text(max_size=9))
)
def test_whatever_it_is_it_can_be_said(words: dict[str, str]) -> None:
    emit(properties_of(words), Kind.PUBLISH)


def test_what_a_client_hears() -> None:
    said = Properties(message_expiry=5, subscription_identifiers=(1, 2), user=(("k", "v"),))
    message = heard(Publish(topic="a", payload=b"x", qos=1, retain=True, packet_id=1, properties=said), "h:1")
    assert (message.topic, message.payload, message.sender, message.retain) == ("a", b"x", "h:1", True)
    assert message.properties == {"qos": "1", "message-expiry": "5", "subscription-identifier": "1,2", "k": "v"}


def test_what_goes_on() -> None:
    said = Properties(topic_alias=1, message_expiry=5, content_type="x", user=(("k", "v"),))
    assert carried(said) == Properties(content_type="x", user=(("k", "v"),))
    assert carried(NONE) is NONE
