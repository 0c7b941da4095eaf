"""Socket.IO: events both ways, between pages and servers above all (Socket.IO protocol 5, Engine.IO protocol 4)."""

from netloom.shapes import Pattern, Protocol, Refusal, Sample, Scheme

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
    refusals=(Refusal("CONNECT_ERROR", "CONNECT", "a namespace can't be connected"),),
    recognise=(Pattern(bytes=b"GET ", holds=b"eio=4", confirm=".decode:asks_for_a_session"),),
)
