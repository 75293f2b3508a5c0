"""Manifests as YAML, through ruamel.yaml: the one door to that language.

``scalars`` says what a plain word means, ``events`` turns text into plain data with a place for every value,
``manifest_text`` validates and writes, ``editing`` changes what somebody wrote, ``mending`` mends what is certain,
``annotated`` writes what people begin with, ``originals`` reads documents that are no manifests.
"""

from tasks_service.adapters.yaml_manifests.annotated import annotated
from tasks_service.adapters.yaml_manifests.manifest_text import YamlManifests
from tasks_service.adapters.yaml_manifests.originals import originals

__all__ = ["YamlManifests", "annotated", "originals"]
