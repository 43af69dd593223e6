"""Folkmoot without its screens: domain, statistics, use cases, and the adapters behind their ports."""
