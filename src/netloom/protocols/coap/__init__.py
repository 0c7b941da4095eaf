"""CoAP: a device's resources for those with little power and little memory (RFC 7252, 7641, 7959, 6690, 9175, 7967)."""

from netloom.shapes import Pattern, Protocol, Refusal, Sample, Scheme, Step

_METHODS = ("GET", "POST", "PUT", "DELETE", "FETCH", "PATCH", "iPATCH")

PROTOCOL = Protocol(
    name="coap",
    rfc="RFC 7252",
    summary="read, write and observe the resources of small devices",
    schemes={"coap": Scheme(5683, "udp")},
    contents=("registers", "bus"),
    client=".client:Client",
    serve=".server:serve",
    probe=".probe:probe",
    decode=".decode:Decoder",
    replay=".replay:Replay",
    example="netloom listen coap://127.0.0.1/sensors/temperature",
    samples=(
        Sample(verb="get", place="/sensors/temperature"),
        Sample(verb="list"),
        Sample(verb="put", place="/setpoint", text="23.5"),
        Sample(verb="send", place="/fan", text="on"),
    ),
    steps=(Step("request"), *map(Step, _METHODS)),
    refusals=(
        Refusal("4.00", "request", "bad request"),
        Refusal("4.01", "request", "unauthorized"),
        Refusal("4.02", "request", "bad option"),
        Refusal("4.03", "request", "forbidden"),
        Refusal("4.04", "request", "not found"),
        Refusal("4.05", "request", "method not allowed"),
        Refusal("4.06", "request", "not acceptable"),
        Refusal("4.08", "request", "request entity incomplete"),
        Refusal("4.09", "request", "conflict"),
        Refusal("4.12", "request", "precondition failed"),
        Refusal("4.13", "request", "request entity too large"),
        Refusal("4.15", "request", "unsupported content-format"),
        Refusal("4.22", "request", "unprocessable entity"),
        Refusal("4.29", "request", "too many requests"),
        Refusal("5.00", "request", "internal server error"),
        Refusal("5.01", "request", "not implemented"),
        Refusal("5.02", "request", "bad gateway"),
        Refusal("5.03", "request", "service unavailable"),
        Refusal("5.04", "request", "gateway timeout"),
        Refusal("5.05", "request", "proxying not supported"),
        Refusal("5.08", "request", "hop limit reached"),
        Refusal("RST", "request", "the message is rejected without an answer"),
    ),
    # Version 1, a type that asks, a token of 0 to 7 octets, or of 8, and a code of class 0 (RFC 7252 §3)
    recognise=(
        Pattern(bytes=b"\x40\x00", mask=b"\xe8\xf8", confirm=".decode:is_request"),
        Pattern(bytes=b"\x48\x00", mask=b"\xef\xf8", confirm=".decode:is_request"),
    ),
)
