# The same settings as compose and the chart have. ECS has no files to mount, so they become variables
# of the environment by the product's own rule: source.walBudget is TAILRACE_SOURCE_WAL_BUDGET.
locals {
  settings = merge(
    yamldecode(file("${path.module}/../../environments/base.yaml")),
    yamldecode(file("${path.module}/../../environments/${var.environment}.yaml")),
    { httpHost = "0.0.0.0" },
    var.models == null ? {} : { models = var.models },
  )

  # The warehouse is a server here; its URL has a password and is a secret.
  setting_variables = {
    for key, value in local.settings :
    "TAILRACE_${upper(replace(replace(key, ".", "_"), "/([A-Z])/", "_$1"))}" => tostring(value)
    if !contains(["warehouse", "sqlPort"], key)
  }

  lake   = regex("^s3://(?P<bucket>[^/]+)/?(?P<prefix>.*)$", local.settings.lake)
  prefix = local.lake.prefix == "" ? "" : "${trimsuffix(local.lake.prefix, "/")}/"
  name   = "tailrace-${var.environment}"

  roles = setunion(["replicate", "snapshot", "compact", "monitor"], var.models == null ? [] : ["transform"])

  # Which role reads which secret. A test compares it with core/config.ts.
  secret_readers = {
    TAILRACE_SOURCE        = ["replicate", "snapshot", "monitor", "transform"]
    TAILRACE_WAREHOUSE     = ["replicate", "snapshot", "compact", "monitor", "transform"]
    TAILRACE_HTTP_TOKEN    = ["monitor"]
    TAILRACE_MASK_SALT     = ["replicate", "snapshot", "monitor", "transform"]
    TAILRACE_ALERT_WEBHOOK = ["monitor"]
    TAILRACE_ALERT_SMTP    = ["monitor"]
  }
}

data "aws_caller_identity" "current" {}
data "aws_region" "current" {}
