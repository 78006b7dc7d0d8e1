"""Airflow: wait until everything committed is applied, export, train. Put it into the folder of DAGs.

Each task is a command whose exit code says whether it worked, so a retry repeats only what failed.
A repeated export of one position writes nothing.
"""

import datetime

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG

TAILRACE = "cd /opt/tailrace && npx tailrace"
CONFIG = "--config /etc/tailrace.yaml"

with DAG(
    dag_id="churn",
    schedule="0 3 1 */3 *",
    start_date=datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc),
    catchup=False,
    max_active_runs=1,
    default_args={"retries": 3, "retry_delay": datetime.timedelta(minutes=5)},
) as dag:
    applied = BashOperator(task_id="applied", bash_command=f"{TAILRACE} await --now --timeout 30m {CONFIG}")
    built = BashOperator(task_id="built", bash_command=f"{TAILRACE} transform --once marts.customer_quarter {CONFIG}")
    exported = BashOperator(
        task_id="exported",
        bash_command=f"{TAILRACE} export marts.customer_quarter --to /srv/exports --partition quarter_start --keep 8 {CONFIG}",
    )
    trained = BashOperator(task_id="trained", bash_command="/opt/tailrace/examples/churn/run.sh /srv/exports /srv/models")
    applied >> built >> exported >> trained
