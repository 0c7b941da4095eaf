"""Summing: what captures hold as a whole: who talks to whom, in what, how much, how well, and what looks wrong."""
