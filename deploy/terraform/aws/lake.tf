resource "aws_kms_key" "lake" {
  description         = "The lake of ${local.name}"
  enable_key_rotation = true
  policy              = data.aws_iam_policy_document.lake_key.json
}

# IAM decides who uses the key, and CloudWatch encrypts the logs with it.
data "aws_iam_policy_document" "lake_key" {
  #checkov:skip=CKV_AWS_109:The policy of a key names the key itself as its only resource
  #checkov:skip=CKV_AWS_111:The policy of a key names the key itself as its only resource
  #checkov:skip=CKV_AWS_356:The policy of a key names the key itself as its only resource
  statement {
    sid       = "Account"
    actions   = ["kms:*"]
    resources = ["*"]
    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::${data.aws_caller_identity.current.account_id}:root"]
    }
  }

  statement {
    sid       = "Logs"
    actions   = ["kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey*", "kms:DescribeKey"]
    resources = ["*"]
    principals {
      type        = "Service"
      identifiers = ["logs.${data.aws_region.current.region}.amazonaws.com"]
    }
    condition {
      test     = "ArnEquals"
      variable = "kms:EncryptionContext:aws:logs:arn"
      values   = ["arn:aws:logs:${data.aws_region.current.region}:${data.aws_caller_identity.current.account_id}:log-group:/tailrace/${var.environment}"]
    }
  }
}

resource "aws_s3_bucket" "lake" {
  #checkov:skip=CKV_AWS_144:The lake is rebuilt from the source; a second region is a choice of its own
  #checkov:skip=CKV_AWS_18:CloudTrail's data events say who read what, without a second bucket
  #checkov:skip=CKV2_AWS_62:Readers poll; nothing listens to events
  bucket = local.lake.bucket

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_s3_bucket_ownership_controls" "lake" {
  bucket = aws_s3_bucket.lake.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_public_access_block" "lake" {
  bucket                  = aws_s3_bucket.lake.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_server_side_encryption_configuration" "lake" {
  bucket = aws_s3_bucket.lake.id

  rule {
    # One request to KMS for many objects: the lake has millions of small ones.
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.lake.arn
    }
  }
}

resource "aws_s3_bucket_versioning" "lake" {
  bucket = aws_s3_bucket.lake.id

  versioning_configuration {
    status = "Enabled"
  }
}

# There is no expiration, ever: a manifest names files for as long as the lake exists, and tailrace
# alone deletes what nothing names.
resource "aws_s3_bucket_lifecycle_configuration" "lake" {
  bucket     = aws_s3_bucket.lake.id
  depends_on = [aws_s3_bucket_versioning.lake]

  rule {
    id     = "old-versions"
    status = "Enabled"
    filter {}

    # position.json changes every second. A day is enough to take back a mistake.
    noncurrent_version_expiration {
      noncurrent_days = 1
    }
  }

  rule {
    id     = "broken-uploads"
    status = "Enabled"
    filter {}

    abort_incomplete_multipart_upload {
      days_after_initiation = 1
    }
  }

  rule {
    id     = "copies"
    status = "Enabled"

    # A copy is read once, then only by a rebuild.
    filter {
      prefix = "${local.prefix}snapshot/"
    }

    transition {
      days          = 30
      storage_class = "STANDARD_IA"
    }
  }
}

resource "aws_s3_bucket_policy" "lake" {
  bucket = aws_s3_bucket.lake.id
  policy = data.aws_iam_policy_document.lake.json
}

data "aws_iam_policy_document" "lake" {
  statement {
    sid       = "OnlyTls"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [aws_s3_bucket.lake.arn, "${aws_s3_bucket.lake.arn}/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}
