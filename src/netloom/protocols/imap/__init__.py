"""IMAP: mail where it is kept (RFC 9051, RFC 3501)."""

from netloom.shapes import Pattern, Protocol, Refusal, Sample, Scheme, Step

_COMMANDS = (
    "CAPABILITY", "NOOP", "LOGOUT", "STARTTLS", "LOGIN", "AUTHENTICATE", "ID", "ENABLE", "SELECT",
    "EXAMINE", "CREATE", "DELETE", "SUBSCRIBE", "UNSUBSCRIBE", "RENAME", "LIST", "LSUB", "STATUS",
    "APPEND", "NAMESPACE", "STORE", "UID STORE", "COPY", "UID COPY", "MOVE", "UID MOVE", "EXPUNGE",
    "UID EXPUNGE", "CLOSE", "UNSELECT", "CHECK", "IDLE", "FETCH", "UID FETCH", "SEARCH", "UID SEARCH",
)  # fmt: skip

PROTOCOL = Protocol(
    name="imap",
    rfc="RFC 9051",
    summary="mail where it is kept: list, search, read, append, and hear of what is new",
    schemes={"imap": Scheme(143, "tcp", starttls=True), "imaps": Scheme(993, "tls")},
    contents=("mail",),
    client=".client:Client",
    serve=".server:serve",
    probe=".probe:probe",
    decode=".decode:Decoder",
    replay=".replay:Replay",
    example="netloom list imaps://ann@mail.example.org/INBOX?search=UNSEEN",
    samples=(
        Sample(verb="put", place="/INBOX", text="Subject: demo\n\nWarp and weft.\n"),
        Sample(verb="list", place="/INBOX"),
        Sample(verb="get", place="/INBOX"),
    ),
    steps=(Step("greeting"), Step("command", "any of somebody who is logged in"), *map(Step, _COMMANDS)),
    refusals=(
        Refusal("NO", "command", "no, to any command of somebody who is logged in; a text may begin with a [CODE]"),
        Refusal("BAD", "command", "it can't be meant"),
        Refusal("BYE", "greeting", "the server doesn't serve, and the connection ends"),
    ),
    recognise=(
        Pattern(bytes=b"* OK", sender="server", confirm=".decode:is_greeting"),
        Pattern(bytes=b"* PREAUTH", sender="server"),
    ),
)
