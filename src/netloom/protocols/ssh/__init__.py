"""SSH: a shell and commands elsewhere, encrypted (RFC 4251 to RFC 4254)."""

from netloom.shapes import Pattern, Protocol, Refusal, Sample, Scheme, Step

PROTOCOL = Protocol(
    name="ssh",
    rfc="RFC 4251",
    summary="a shell and commands elsewhere",
    schemes={"ssh": Scheme(22, "ssh")},
    contents=("shell",),
    client=".client:Client",
    serve=".server:serve",
    probe=".probe:probe",
    decode=".decode:Decoder",
    identity=".server:identity",
    example="netloom run ssh://ann@127.0.0.1:2222 'uname -a'",
    samples=(Sample(verb="run", text="echo loom; uname"),),
    steps=(Step("login"), Step("session"), Step("request", "a command, a shell or a subsystem")),
    refusals=(
        Refusal("USERAUTH_FAILURE", "login", "who you are isn't shown by that"),
        Refusal("HOST_NOT_ALLOWED_TO_CONNECT", "login", "not from there, and the connection ends", 1),
        Refusal("PROTOCOL_ERROR", "login", "something broke the protocol, and the connection ends", 2),
        Refusal("SERVICE_NOT_AVAILABLE", "login", "the service isn't there, and the connection ends", 7),
        Refusal("BY_APPLICATION", "login", "somebody wants it so, and the connection ends", 11),
        Refusal("TOO_MANY_CONNECTIONS", "login", "not now: try again later, and the connection ends", 12),
        Refusal("NO_MORE_AUTH_METHODS_AVAILABLE", "login", "no way to log in is left, and the connection ends", 14),
        Refusal("ILLEGAL_USER_NAME", "login", "there can't be such a user, and the connection ends", 15),
        Refusal("OPEN_ADMINISTRATIVELY_PROHIBITED", "session", "sessions aren't allowed", 1),
        Refusal("OPEN_CONNECT_FAILED", "session", "it can't be opened", 2),
        Refusal("OPEN_UNKNOWN_CHANNEL_TYPE", "session", "sessions aren't known", 3),
        Refusal("OPEN_RESOURCE_SHORTAGE", "session", "not now: try again later", 4),
        Refusal("CHANNEL_FAILURE", "request", "no to a command, a shell or a subsystem"),
    ),
    recognise=(
        Pattern(bytes=b"SSH-2.0-"),
        Pattern(bytes=b"SSH-", sender="server"),
    ),
)
