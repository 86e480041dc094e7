"""The golden set, its metrics, gates, report and benchmarks."""
