# What each role stores and deletes, as lake/keys.ts names it; a test compares the keys.
# People run commands such as verify and resume in the container of monitor: hence its control/.
# All of them read the whole lake. The warehouse reads files of rows and nothing else.
locals {
  lake_rights = {
    replicate = {
      put    = ["lake.json", "format/*", "epoch/*", "stream/*", "data/*", "schema/*", "facts/*", "control/*", "pause/*"]
      delete = ["data/probe/*", "control/*"]
    }
    snapshot = {
      put    = ["snapshot/*", "schema/*", "control/*"]
      delete = ["control/*"]
    }
    compact = {
      put    = ["page/*", "base/*", "readers/*", "control/*", "sweep/*", "data/probe/*"]
      delete = ["stream/*", "data/*", "facts/*", "readers/*/lease-*", "readers/*/builder-*", "snapshot/*", "base/*", "sweep/*", "control/*", "pause/*"]
    }
    monitor = {
      put    = ["readers/*/alerts.json", "readers/*/probe.json", "control/*", "pause/*", "pin/*"]
      delete = ["control/*", "pin/*"]
    }
    transform = {
      put    = ["readers/*/models.json", "readers/*/builder-*", "control/*"]
      delete = ["control/*"]
    }
  }

  # The engine reads what compact hands it: files of the stream and of copies.
  warehouse_reads = ["data/*", "snapshot/*", "base/*"]
}

data "aws_iam_policy_document" "lake_of_role" {
  for_each = local.lake_rights

  statement {
    sid       = "List"
    actions   = ["s3:ListBucket", "s3:ListBucketMultipartUploads"]
    resources = [aws_s3_bucket.lake.arn]
  }

  statement {
    sid       = "Read"
    actions   = ["s3:GetObject"]
    resources = ["${aws_s3_bucket.lake.arn}/${local.prefix}*"]
  }

  statement {
    sid       = "Write"
    actions   = ["s3:PutObject"]
    resources = [for key in each.value.put : "${aws_s3_bucket.lake.arn}/${local.prefix}${key}"]
  }

  statement {
    sid       = "Delete"
    actions   = ["s3:DeleteObject", "s3:AbortMultipartUpload"]
    resources = [for key in each.value.delete : "${aws_s3_bucket.lake.arn}/${local.prefix}${key}"]
  }

  statement {
    sid       = "Key"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [aws_kms_key.lake.arn]
  }
}

data "aws_iam_policy_document" "tasks" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["ecs-tasks.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "role" {
  for_each           = local.lake_rights
  name               = "${local.name}-${each.key}"
  assume_role_policy = data.aws_iam_policy_document.tasks.json
}

resource "aws_iam_role_policy" "lake" {
  for_each = local.lake_rights
  name     = "lake"
  role     = aws_iam_role.role[each.key].id
  policy   = data.aws_iam_policy_document.lake_of_role[each.key].json
}

data "aws_iam_policy_document" "warehouse" {
  statement {
    sid       = "Read"
    actions   = ["s3:GetObject"]
    resources = [for key in local.warehouse_reads : "${aws_s3_bucket.lake.arn}/${local.prefix}${key}"]
  }

  statement {
    sid       = "Key"
    actions   = ["kms:Decrypt"]
    resources = [aws_kms_key.lake.arn]
  }
}

data "aws_iam_policy_document" "warehouse_trust" {
  count = length(var.warehouse_principal_arns) == 0 ? 0 : 1

  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "AWS"
      identifiers = var.warehouse_principal_arns
    }
  }
}

# For warehouse.lakeAccess = role:ARN, for example with ClickHouse Cloud.
resource "aws_iam_role" "warehouse" {
  count              = length(var.warehouse_principal_arns) == 0 ? 0 : 1
  name               = "${local.name}-warehouse"
  assume_role_policy = data.aws_iam_policy_document.warehouse_trust[0].json
}

resource "aws_iam_role_policy" "warehouse" {
  count  = length(var.warehouse_principal_arns) == 0 ? 0 : 1
  name   = "lake"
  role   = aws_iam_role.warehouse[0].id
  policy = data.aws_iam_policy_document.warehouse.json
}

# ECS itself: the image, the log, and the secrets before a container starts.
resource "aws_iam_role" "execution" {
  name               = "${local.name}-execution"
  assume_role_policy = data.aws_iam_policy_document.tasks.json
}

resource "aws_iam_role_policy_attachment" "execution" {
  role       = aws_iam_role.execution.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
}

data "aws_iam_policy_document" "secrets" {
  statement {
    actions   = ["secretsmanager:GetSecretValue"]
    resources = values(var.secrets)
  }

  dynamic "statement" {
    for_each = length(var.secrets_kms_key_arns) == 0 ? [] : [var.secrets_kms_key_arns]

    content {
      actions   = ["kms:Decrypt"]
      resources = statement.value
    }
  }
}

resource "aws_iam_role_policy" "secrets" {
  name   = "secrets"
  role   = aws_iam_role.execution.id
  policy = data.aws_iam_policy_document.secrets.json
}
