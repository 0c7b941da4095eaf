"""Command lines of network devices: dialects as tables, read by one grammar, over one model of the device."""
