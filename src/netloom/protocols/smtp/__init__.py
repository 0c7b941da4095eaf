"""SMTP: mail on its way (RFC 5321)."""

from netloom.shapes import Pattern, Protocol, Refusal, Sample, Scheme, Step

_LETTERS = b"\xdf\xdf\xdf\xdf\xff"  # upper and lower case are the same

_COMMANDS = (
    "EHLO", "HELO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", "BDAT", "RSET", "NOOP", "VRFY", "HELP",
    "QUIT",
)  # fmt: skip

PROTOCOL = Protocol(
    name="smtp",
    rfc="RFC 5321",
    summary="mail: send it, and take it into mailboxes",
    schemes={
        "smtp": Scheme(25, "tcp", starttls=True),
        "smtps": Scheme(465, "tls"),
        "submission": Scheme(587, "tcp", starttls=True),
    },
    contents=("mail",),
    client=".client:Client",
    serve=".server:serve",
    probe=".probe:probe",
    decode=".decode:Decoder",
    replay=".replay:Replay",
    example="netloom send smtp://127.0.0.1/ann@example.org hello",
    samples=(Sample(verb="send", place="/demo@example.org", text="Warp and weft."),),
    steps=(Step("greeting"), Step("message", "after DATA or BDAT"), *map(Step, _COMMANDS)),
    refusals=(
        Refusal("421", "greeting", "the service isn't available, and the connection ends"),
        Refusal("4xx", "RCPT", "not now: try again later"),
        Refusal("5xx", "RCPT", "no, and not later either"),
    ),
    recognise=(
        Pattern(bytes=b"EHLO ", mask=_LETTERS),
        Pattern(bytes=b"HELO ", mask=_LETTERS),
        Pattern(bytes=b"220", sender="server", confirm=".decode:is_greeting"),
    ),
)
