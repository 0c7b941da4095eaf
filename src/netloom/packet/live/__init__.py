"""Packets as they pass: captured from an interface, sent to one, and matched with their answers (Linux, packet(7))."""
