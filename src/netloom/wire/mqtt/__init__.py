"""MQTT 3.1.1 and 5.0 as bytes, both sides (OASIS MQTT Version 3.1.1, OASIS MQTT Version 5.0)."""
