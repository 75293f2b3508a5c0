"""InsightMesh Tasks Service: jobs as YAML files, a reconciler, a ledger, and a page that hides nothing."""

__version__ = "0.1.0"
