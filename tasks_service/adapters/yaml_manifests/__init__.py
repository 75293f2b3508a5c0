"""Manifests as YAML, through ruamel.yaml: the one door to that language.

``scalars`` says what a plain word means, ``events`` turns text into plain data with a place for every value,
``manifest_text`` validates and writes, ``editing`` changes what somebody wrote.
"""

from tasks_service.adapters.yaml_manifests.manifest_text import YamlManifests

__all__ = ["YamlManifests"]
