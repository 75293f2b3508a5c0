"""Manifests to begin with, as text."""

from tasks_service.adapters.yaml_manifests import annotated
from tasks_service.core.scaffold import scaffold
from tasks_service.jobs.job_registry import load_job_types


def scaffold_text(job_type: str, job_id: str, schema: str) -> str:
    """The beginning of a job of a known type. ``schema``: where the modeline leads."""
    return annotated(scaffold(load_job_types()[job_type], job_id), schema)
