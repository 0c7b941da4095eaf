"""netloom beside others, as ratios from one run: `python -m benchmarks [TABLE…] [--quick]` writes README.md."""
