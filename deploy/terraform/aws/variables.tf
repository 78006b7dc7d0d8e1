variable "environment" {
  description = "The file of deploy/environments that follows base.yaml."
  type        = string

  validation {
    condition     = contains(["dev", "staging", "production"], var.environment)
    error_message = "The environment is dev, staging or production: the others have no AWS."
  }
}

variable "image" {
  description = "The image of the roles with its version, for example ACCOUNT.dkr.ecr.REGION.amazonaws.com/tailrace-slim:0.1.0. A server as warehouse needs no embedded engine."
  type        = string

  validation {
    condition     = can(regex("(:[0-9]+\\.[0-9]+\\.[0-9]+|@sha256:[0-9a-f]{64})$", var.image))
    error_message = "The image ends in a version such as :0.1.0, or in a digest. A tag that moves would change the roles without a plan."
  }
}

variable "vpc_id" {
  description = "The VPC of the roles."
  type        = string
}

variable "subnet_ids" {
  description = "Private subnets with a way to S3, the source, the warehouse and the image registry."
  type        = list(string)
}

variable "secrets" {
  description = "ARN of the secret of each setting, by its name in the environment. The values are made outside Terraform, so they are never in its state."
  type        = map(string)

  validation {
    condition     = alltrue([for name in ["TAILRACE_SOURCE", "TAILRACE_WAREHOUSE", "TAILRACE_HTTP_TOKEN"] : contains(keys(var.secrets), name)])
    error_message = "TAILRACE_SOURCE, TAILRACE_WAREHOUSE and TAILRACE_HTTP_TOKEN are needed."
  }
}

variable "secrets_kms_key_arns" {
  description = "Keys of those secrets, if they are not encrypted with the account's own key."
  type        = list(string)
  default     = []
}

variable "reader_security_group_ids" {
  description = "Security groups that may read the page and the metrics of the monitor."
  type        = list(string)
  default     = []
}

variable "warehouse_principal_arns" {
  description = "Roles that may take the warehouse's role, which reads the lake's files: for warehouse.lakeAccess = role:ARN."
  type        = list(string)
  default     = []
}

variable "source_family" {
  description = "Family of the parameter group of the source, for example postgres18."
  type        = string
  default     = "postgres18"
}

variable "max_slot_wal_keep_size_mb" {
  description = "WAL that the source keeps for the slot before it drops it. It is above source.walBudget, so that the alert comes first."
  type        = number
  default     = 102400
}

variable "sizes" {
  description = "CPU units and MiB of a role, where the defaults of services.tf do not fit."
  type        = map(object({ cpu = number, memory = number }))
  default     = {}
}

variable "models" {
  description = "The folder of models in the image. Null: no transform role."
  type        = string
  default     = null
}
