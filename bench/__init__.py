"""Benchmarks: ratios to a denominator that is measured in the same run, never absolute times."""
