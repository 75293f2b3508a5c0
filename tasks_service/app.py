"""Composition: the only place that names adapters."""
