"""Relays: what comes to one endpoint goes on to another, with faults, a recording and a record of each connection."""
