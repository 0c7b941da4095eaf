"""Modbus as bytes: PDUs and the frames around them (Modbus Application Protocol 1.1b3; Modbus over TCP/IP 1.0b)."""
