"""POP3: mail to be fetched (RFC 1939)."""

from netloom.shapes import Pattern, Protocol, Refusal, Sample, Scheme, Step

_COMMANDS = (
    "CAPA", "STLS", "USER", "PASS", "AUTH", "UTF8", "STAT", "LIST", "UIDL", "RETR", "TOP", "DELE", "RSET",
    "NOOP", "QUIT",
)  # fmt: skip

PROTOCOL = Protocol(
    name="pop3",
    rfc="RFC 1939",
    summary="mail to be fetched: list it, and get messages",
    schemes={"pop3": Scheme(110, "tcp", starttls=True), "pop3s": Scheme(995, "tls")},
    contents=("mail",),
    client=".client:Client",
    serve=".server:serve",
    probe=".probe:probe",
    decode=".decode:Decoder",
    replay=".replay:Replay",
    example="netloom get pop3s://ann@mail.example.org/1",
    samples=(Sample(verb="list"), Sample(verb="get", place="/1")),
    steps=(
        Step("greeting"),
        Step("login", "AUTH, or PASS"),
        Step("command", "any of somebody who is logged in"),
        *map(Step, _COMMANDS),
    ),
    refusals=(
        Refusal("-ERR", "command", "no, to any command of somebody who is logged in"),
        Refusal("SYS/TEMP", "greeting", "not now: try again later"),
        Refusal("SYS/PERM", "greeting", "no, and not later either"),
        Refusal("AUTH", "login", "who you are isn't shown by that"),
        Refusal("IN-USE", "login", "somebody else has the maildrop"),
        Refusal("LOGIN-DELAY", "login", "it is too soon to log in again"),
    ),
    recognise=(Pattern(bytes=b"+OK", sender="server"),),
)
