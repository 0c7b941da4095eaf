"""Socket.IO: events both ways, between pages and servers above all (Socket.IO protocol 5, Engine.IO protocol 4)."""

from netloom.shapes import Pattern, Protocol, Refusal, Sample, Scheme, Step

PATH = "/socket.io"

PROTOCOL = Protocol(
    name="socketio",
    rfc="Socket.IO protocol 5",
    summary="events both ways, between pages and servers above all",
    schemes={"socketio": Scheme(80, "http", path=PATH), "socketios": Scheme(443, "https", path=PATH)},
    contents=("bus",),
    client=".client:Client",
    serve=".server:serve",
    probe=".probe:probe",
    decode=".decode:Decoder",
    around=".hub:around",
    example="netloom listen socketios://example.com/chat",
    samples=(Sample(verb="send", place="#reply=ack", text="warp and weft"),),
    steps=(Step("CONNECT"), Step("session", "Engine.IO's, which is begun", apart=True)),
    refusals=(
        Refusal("CONNECT_ERROR", "CONNECT", "a namespace can't be connected"),
        Refusal("UNKNOWN_TRANSPORT", "session", "the transport isn't known", 0),
        Refusal("UNKNOWN_SID", "session", "the session isn't known", 1),
        Refusal("BAD_HANDSHAKE_METHOD", "session", "sessions aren't begun with that method", 2),
        Refusal("BAD_REQUEST", "session", "the request isn't right", 3),
        Refusal("FORBIDDEN", "session", "whoever asks may not", 4),
        Refusal("UNSUPPORTED_PROTOCOL_VERSION", "session", "the version isn't spoken", 5),
    ),
    recognise=(Pattern(bytes=b"GET ", holds=b"eio=4", confirm=".decode:asks_for_a_session"),),
)
