"""What MQTT can be told: one set of options for the client, the probe and the server."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

QoS = Annotated[int, Meta(ge=0, le=2)]
Count = Annotated[int, Meta(ge=0, le=65_535)]
Some = Annotated[int, Meta(ge=1, le=65_535)]
Interval = Annotated[int, Meta(ge=0, le=2**32 - 1)]
Identifier = Annotated[int, Meta(ge=1, le=268_435_455)]
Size = Annotated[int, Meta(ge=16, le=268_435_460)]


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """The options of mqtt:// and its kin. Times are seconds; lists are given by repeating the option."""

    # The connection
    version: Annotated[
        Literal["auto", "3.1.1", "5"], Meta(description="protocol version (auto: 5, and 3.1.1 where that is refused)")
    ] = "auto"
    client_id: Annotated[str, Meta(description="our name; without one the server, or we, make one up")] = ""
    clean_start: Annotated[bool, Meta(description="begin a new session, or go on with one that is kept")] = True
    session_expiry: Annotated[
        Interval, Meta(description="seconds that the session is kept after we have gone (4294967295: for ever)")
    ] = 0
    keep_alive: Annotated[Count, Meta(description="seconds of silence after which to send a PINGREQ (0: never)")] = 60
    user_property: Annotated[
        list[str], Meta(description="NAME=VALUE to send with CONNECT, a message or a subscription (repeat it)")
    ] = []
    receive_maximum: Annotated[
        Some | None, Meta(description="messages of QoS 1 and 2 that may be on their way to us at once (serving: 1000)")
    ] = None
    max_packet: Annotated[Size | None, Meta(description="bytes of a packet that is taken (16 MiB; serving: 1 MiB)")] = (
        None
    )
    topic_aliases: Annotated[Count, Meta(description="topics for which the other side may use a number")] = 16
    place: Annotated[str, Meta(description="mqtt+ws: path at which the WebSocket is opened", pattern="^/")] = "/mqtt"
    # Messages
    topic: Annotated[str, Meta(description="where to publish if neither the URL nor --topic says it", min_length=1)] = (
        "netloom"
    )
    qos: Annotated[QoS, Meta(description="how surely a message arrives: 0 at most once, 1 at least, 2 exactly")] = 0
    content_type: Annotated[str, Meta(description="what the message is: text/plain")] = ""
    response_topic: Annotated[str, Meta(description="where an answer is to be published")] = ""
    correlation_data: Annotated[str, Meta(description="what an answer is to repeat")] = ""
    message_expiry: Annotated[Interval | None, Meta(description="seconds after which nobody wants it any more")] = None
    text: Annotated[bool, Meta(description="say that the message is UTF-8")] = False
    # The will
    will_topic: Annotated[str, Meta(description="where the server publishes our will if we go without a word")] = ""
    will_message: Annotated[str, Meta(description="the will")] = ""
    will_qos: Annotated[QoS, Meta(description="the will's QoS")] = 0
    will_retain: Annotated[bool, Meta(description="the will is kept for those who come later")] = False
    will_delay: Annotated[Interval, Meta(description="seconds that the server waits for us with the will")] = 0
    # Subscriptions
    subscribe: Annotated[list[str], Meta(description="a topic filter besides the URL's (repeat it)")] = []
    no_local: Annotated[bool, Meta(description="don't hear what we publish ourselves")] = False
    retain_as_published: Annotated[bool, Meta(description="let messages keep the flag with which they came")] = False
    retain_handling: Annotated[
        Literal["always", "new", "never"],
        Meta(description="whether retained messages are sent (new: where the session hasn't subscribed before)"),
    ] = "always"
    subscription_identifier: Annotated[
        Identifier | None, Meta(description="a number that comes with each message of this subscription")
    ] = None
    # Serving
    window: Annotated[Some, Meta(description="serving: messages of QoS 1 and 2 on their way to a client at once")] = 100
    max_session_expiry: Annotated[
        Interval, Meta(description="serving: seconds that a session is kept at most (3.1.1: exactly)")
    ] = 604_800
    max_keep_alive: Annotated[
        Count, Meta(description="serving: the longest keep-alive that 5.0's clients are granted (0: any)")
    ] = 0
    origins: Annotated[
        list[str], Meta(description="serving mqtt+ws: pages from there may connect too: https://HOST, or * for any")
    ] = []


def user_properties(given: list[str]) -> tuple[tuple[str, str], ...]:
    """NAME=VALUE, each as a pair."""
    return tuple((name, value) for name, _, value in (text.partition("=") for text in given))
