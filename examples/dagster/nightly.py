"""Dagster: every night, models that were built and tested at one position, as files.

Load it with `dagster dev -f nightly.py`. Each op is a command whose exit code says whether it
worked. TAILRACE starts tailrace in TAILRACE_FOLDER; TAILRACE_CONFIG names its configuration. EXPORTS
gets the files of MART.
"""

import os
import shlex
import subprocess

import dagster

TAILRACE = shlex.split(os.environ.get("TAILRACE", "npx tailrace"))
FOLDER = os.environ.get("TAILRACE_FOLDER", "/opt/tailrace")
EXPORTS = os.environ.get("EXPORTS", "/srv/exports")
MART = os.environ.get("MART", "marts.orders_per_customer")
RETRIES = dagster.RetryPolicy(max_retries=3, delay=300)


def command(name: str, *arguments: str) -> dagster.OpDefinition:
    """An op that runs `tailrace <arguments>` after the one before it."""

    @dagster.op(name=name, ins={"before": dagster.In(dagster.Nothing)}, out=dagster.Out(dagster.Nothing), retry_policy=RETRIES)
    def run(context: dagster.OpExecutionContext) -> None:
        ended = subprocess.run([*TAILRACE, *arguments], cwd=FOLDER, capture_output=True, text=True, check=False)
        context.log.info(ended.stdout)
        if ended.returncode != 0:
            raise dagster.Failure(f"tailrace {' '.join(arguments)} ended with {ended.returncode}: {ended.stderr}")

    return run


applied = command("applied", "await", "--now", "--timeout", "30m")
frozen = command("frozen", "freeze", "nightly")
# With dbt, these two are one: `dbt build`, whose sources are the databases of the freeze (docs/DBT.md).
built = command("built", "transform", "--once")
tested = command("tested", "test")
exported = command("exported", "export", MART, "--to", EXPORTS, "--keep", "8")


@dagster.job
def nightly() -> None:
    exported(tested(built(frozen(applied()))))


definitions = dagster.Definitions(jobs=[nightly], schedules=[dagster.ScheduleDefinition(job=nightly, cron_schedule="0 3 * * *")])
