"""Manifests as YAML, through ruamel.yaml."""
