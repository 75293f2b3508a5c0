"""What other schedulers run, carried over into manifests; what cannot be carried over is named, with its place.

``crontab_file`` and ``crontab_jobs`` read crontabs, ``cronjob`` and its neighbours Kubernetes CronJobs; ``carried``
holds what both give.
"""
