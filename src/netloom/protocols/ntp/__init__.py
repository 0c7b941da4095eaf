"""NTP: what time is it elsewhere (RFC 5905)?"""

from netloom.shapes import Pattern, Protocol, Refusal, Sample, Scheme, Step

PROTOCOL = Protocol(
    name="ntp",
    rfc="RFC 5905",
    summary="the time, and how far a clock is off",
    schemes={"ntp": Scheme(123, "udp")},
    contents=("clock",),
    client=".client:Client",
    serve=".server:serve",
    probe=".probe:probe",
    decode=".decode:Decoder",
    replay=".replay:Replay",
    samples=(Sample(verb="get"),),
    example="netloom get ntp://127.0.0.1",
    steps=(Step("question"),),
    refusals=(
        Refusal("DENY", "question", "access is denied"),
        Refusal("RSTR", "question", "access is denied by the server's own rules"),
        Refusal("RATE", "question", "asked too often: ask less"),
    ),
    # A client's mode, a stratum of at most 31, and as many octets as a header has (RFC 5905 §7.3)
    recognise=(Pattern(bytes=b"\x03" + bytes(47), mask=b"\x07\xe0" + bytes(46), confirm=".decode:is_request"),),
)
