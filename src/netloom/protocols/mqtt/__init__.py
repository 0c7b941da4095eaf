"""MQTT: publish and subscribe, for things above all (OASIS MQTT 3.1.1 and 5.0)."""

from netloom.shapes import Pattern, Protocol, Sample, Scheme

PROTOCOL = Protocol(
    name="mqtt",
    rfc="OASIS MQTT 5.0 and 3.1.1",
    summary="publish and subscribe, for things above all",
    schemes={
        "mqtt": Scheme(1883, "tcp"),
        "mqtts": Scheme(8883, "tls"),
        "mqtt+ws": Scheme(80, "http", channel="websocket", path="/mqtt"),
        "mqtts+ws": Scheme(443, "https", channel="websocket", path="/mqtt"),
    },
    contents=("bus",),
    client=".client:Client",
    serve=".server:serve",
    probe=".probe:probe",
    decode=".decode:Decoder",
    around=".broker:around",
    example="netloom listen mqtt://127.0.0.1/house/%23",
    samples=(Sample(verb="send", place="/demo/loom", text="warp and weft"),),
    recognise=(Pattern(bytes=b"\x10", confirm=".decode:is_connect"),),
)
