"""Composition: the only place that names adapters.

One module for each thing that can be put together, so that a command loads no more than it needs: ``manifests`` for
what only reads files, ``planning`` for what also looks into the database, ``service`` for the whole.
"""
