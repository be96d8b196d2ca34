"""Benchmarks: one command, one table, the two sides of every ratio taking turns in one run."""
