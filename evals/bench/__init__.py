"""Benchmarks: retrieval, filters, and Byline beside other systems."""
