"""Airflow: every night, models that were built and tested at one position, as files.

Put it into the folder of DAGs. Each task is a command whose exit code says whether it worked, so a
retry repeats only what failed. TAILRACE starts tailrace in TAILRACE_FOLDER; TAILRACE_CONFIG names
its configuration. EXPORTS gets the files of MART.
"""

import datetime
import os

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG, chain

TAILRACE = os.environ.get("TAILRACE", "npx tailrace")
FOLDER = os.environ.get("TAILRACE_FOLDER", "/opt/tailrace")
EXPORTS = os.environ.get("EXPORTS", "/srv/exports")
MART = os.environ.get("MART", "marts.orders_per_customer")

# In this order. With dbt, `built` and `tested` are one task: `dbt build`, whose sources are the
# databases of the freeze (docs/DBT.md).
TASKS = {
    "applied": "await --now --timeout 30m",
    "frozen": "freeze nightly",
    "built": "transform --once",
    "tested": "test",
    "exported": f"export {MART} --to {EXPORTS} --keep 8",
}

with DAG(
    dag_id="nightly",
    schedule="0 3 * * *",
    start_date=datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc),
    catchup=False,
    max_active_runs=1,
    default_args={"retries": 3, "retry_delay": datetime.timedelta(minutes=5)},
) as dag:
    chain(*(BashOperator(task_id=task, bash_command=f"{TAILRACE} {command}", cwd=FOLDER) for task, command in TASKS.items()))
