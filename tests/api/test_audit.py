"""The audit over HTTP."""

from builders import make_sourced
from house import House


def test_writes_and_refusals_are_audited(house: House) -> None:
    house.commit(make_sourced("nightly"))
    house.client.post("/api/jobs/nightly/pause", json={"actor": "ann", "reason": "holiday"})
    house.client.delete("/api/jobs/nightly")

    items = house.client.get("/api/audit", params={"object": "nightly"}).json()["items"]

    refused, paused = items
    assert (paused["actor"], paused["action"], paused["reason"], paused["outcome"]) == (
        "ann",
        "job.pause",
        "holiday",
        "done",
    )
    assert refused["action"] == "job.delete" and refused["outcome"].startswith("refused")
