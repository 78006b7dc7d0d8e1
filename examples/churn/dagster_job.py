"""Dagster: train when a new export is there. Load it with `dagster dev -f dagster_job.py`.

The sensor reads latest.json, which never goes back. Its LSN is the run key, so each export is
trained on once, however often the sensor looks.
"""

import json
import pathlib
import subprocess

import dagster

PLACE = pathlib.Path("/srv/exports")
LATEST = PLACE / "marts.customer_quarter" / "latest.json"


@dagster.op
def train_model() -> None:
    subprocess.run(["/opt/tailrace/examples/churn/run.sh", str(PLACE), "/srv/models"], check=True)


@dagster.job
def churn() -> None:
    train_model()


@dagster.sensor(job=churn, minimum_interval_seconds=300)
def new_export(_context: dagster.SensorEvaluationContext):
    if not LATEST.exists():
        return dagster.SkipReason(f"{LATEST} is not there yet")
    return dagster.RunRequest(run_key=json.loads(LATEST.read_text())["lsn"])


definitions = dagster.Definitions(jobs=[churn], sensors=[new_export])
