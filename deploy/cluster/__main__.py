"""The layout of ``deploy/compose.yaml`` as plain processes on this machine: ``python -m deploy.cluster``."""

import argparse
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from deploy.cluster.cluster import ROOT, Cluster


def main() -> None:
    """Run the cluster until Ctrl-C."""
    parser = argparse.ArgumentParser(prog="make cluster ARGS=…", description=__doc__)
    parser.add_argument("--ports", type=int, nargs="+", default=[5001, 5002], help="one replica for each")
    parser.add_argument("--workers", type=int, default=2, help="how many; with 0 the leader runs everything itself")
    parser.add_argument("--manifests", type=Path, default=ROOT / "manifests", help="the folder that all replicas read")
    given = parser.parse_args()
    with TemporaryDirectory(prefix="tasks-cluster-") as folder:
        try:
            cluster = Cluster(Path(folder), given.manifests.resolve(), ports=tuple(given.ports), workers=given.workers)
            with cluster:
                _tell(cluster)
                while True:
                    time.sleep(3600)
        except KeyboardInterrupt:
            _say("Stopped. Nothing is left behind.")
        except Exception as error:  # noqa: BLE001 - whatever keeps it from starting is one sentence
            sys.exit(f"The cluster cannot run: {error}")


def _tell(cluster: Cluster) -> None:
    _say(f"PostgreSQL at {cluster.postgres.url}, Valkey at {cluster.valkey.url}")
    for address, replica in cluster.replicas.items():
        _say(f"{replica.name} at {address} (process {replica.pid}, log {replica.log})")
    for worker in cluster.workers:
        _say(f"{worker.name} (process {worker.pid}, log {worker.log})")
    _say("Kill whichever you like: it is started again. Ctrl-C ends all.")


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
