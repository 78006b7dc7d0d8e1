# Attach it to the source and reboot once: rds.logical_replication is read at the start only.
resource "aws_db_parameter_group" "source" {
  name_prefix = "${local.name}-"
  description = "Logical replication for tailrace"
  family      = var.source_family

  # wal_level = logical, as RDS names it.
  parameter {
    name         = "rds.logical_replication"
    value        = "1"
    apply_method = "pending-reboot"
  }

  # Postgres drops the slot at this size, before its disk is full. The alert of source.walBudget comes earlier.
  parameter {
    name  = "max_slot_wal_keep_size"
    value = tostring(var.max_slot_wal_keep_size_mb)
  }

  # One slot of the replicator, one of each copy that begins, and some for others.
  parameter {
    name         = "max_replication_slots"
    value        = "10"
    apply_method = "pending-reboot"
  }

  parameter {
    name         = "max_wal_senders"
    value        = "10"
    apply_method = "pending-reboot"
  }

  # sslmode=verify-full of the source's URL is then no courtesy.
  parameter {
    name  = "rds.force_ssl"
    value = "1"
  }

  lifecycle {
    create_before_destroy = true
  }
}
