output "parameter_group" {
  description = "Parameter group to attach to the source."
  value       = aws_db_parameter_group.source.name
}

output "warehouse_role_arn" {
  description = "For warehouse.lakeAccess = role:ARN; null without warehouse_principal_arns."
  value       = one(aws_iam_role.warehouse[*].arn)
}

output "security_group_id" {
  description = "Security group of the roles: source and warehouse must let it in."
  value       = aws_security_group.roles.id
}
