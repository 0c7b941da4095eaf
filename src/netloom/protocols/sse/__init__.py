"""Server-sent events: what a server tells as it happens, over a request that stays open (WHATWG HTML §9.2)."""

from netloom.shapes import Pattern, Protocol, Refusal, Sample, Scheme, Step

PATH = "/events"

PROTOCOL = Protocol(
    name="sse",
    rfc="WHATWG HTML §9.2",
    summary="what a server tells as it happens, to pages above all",
    schemes={"sse": Scheme(80, "http", path=PATH), "sses": Scheme(443, "https", path=PATH)},
    contents=("bus",),
    client=".client:Client",
    serve=".server:serve",
    probe=".probe:probe",
    decode=".decode:Decoder",
    around=".feed:around",
    example="netloom listen sses://example.com/events/news",
    samples=(Sample(verb="send", place="/events/demo", text="warp and weft"),),
    steps=(Step("events", "whoever asks to hear some"),),
    refusals=(Refusal("204", "events", "there is nothing more to hear: clients don't come again"),),
    recognise=(Pattern(bytes=b"GET ", holds=b"text/event-stream", confirm=".decode:asks_for_events"),),
)
