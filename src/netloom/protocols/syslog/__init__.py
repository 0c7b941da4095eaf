"""Syslog: what happened, told to whoever collects it (RFC 5424, RFC 3164, RFC 6587)."""

from netloom.shapes import Pattern, Protocol, Sample, Scheme

PROTOCOL = Protocol(
    name="syslog",
    rfc="RFC 5424 and 3164",
    summary="what happened, told to whoever collects it",
    schemes={
        "syslog": Scheme(514, "udp+tcp"),
        "syslog+tcp": Scheme(514, "tcp"),
        "syslogs": Scheme(6514, "tls"),
    },
    contents=("bus",),
    client=".client:Client",
    serve=".server:serve",
    probe=".probe:probe",
    decode=".decode:Decoder",
    example="netloom listen syslog://127.0.0.1:5514",
    samples=(Sample(verb="send", place="#severity=info,app=demo", text="warp and weft"),),
    recognise=(
        Pattern(bytes=b"<0", mask=b"\xff\xf0", confirm=".decode:is_message"),
        *(
            Pattern(bytes=b"0" * digits + b" <", mask=b"\xf0" * digits + b"\xff\xff", confirm=".decode:is_framed")
            for digits in range(1, 7)
        ),
    ),
)
