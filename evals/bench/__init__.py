"""Benchmarks: the service's speed, retrieval and reading on public sets, filters, and other systems."""
