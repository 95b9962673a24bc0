"""Synthetic submissions, made from the specification and `synthesis.toml` alone."""
