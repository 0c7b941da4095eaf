"""Flows: who talks to whom, how much and how well, from rows of packets."""
