"""Telnet: a command line elsewhere, in the clear or inside TLS (RFC 854)."""

from netloom.shapes import Pattern, Protocol, Refusal, Sample, Scheme, Step

PROTOCOL = Protocol(
    name="telnet",
    rfc="RFC 854",
    summary="a command line elsewhere, in the clear",
    schemes={"telnet": Scheme(23, "tcp"), "telnets": Scheme(992, "tls")},
    contents=("shell",),
    client=".client:Client",
    serve=".server:serve",
    probe=".probe:probe",
    decode=".decode:Decoder",
    replay=".replay:Replay",
    example="netloom run telnet://ann@127.0.0.1:2323 'uname -a'",
    samples=(Sample(verb="run", text="echo loom"),),
    steps=(Step("login"), Step("session")),
    refusals=(
        Refusal("LOGIN", "login", "who you are isn't shown by that: it is asked again"),
        Refusal("BUSY", "session", "a line that says so, and the end"),
    ),
    recognise=(
        # Negotiation comes first: IAC, then WILL, WONT, DO or DONT (251 to 254).
        Pattern(bytes=b"\xff\xfb", sender="server"),
        Pattern(bytes=b"\xff\xfd", sender="server"),
        Pattern(bytes=b"\xff\xfb"),
        Pattern(bytes=b"\xff\xfd"),
    ),
)
