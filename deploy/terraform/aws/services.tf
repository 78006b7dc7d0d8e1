locals {
  sizes = merge({
    replicate = { cpu = 512, memory = 1024 }
    snapshot  = { cpu = 512, memory = 1024 }
    compact   = { cpu = 512, memory = 1024 }
    monitor   = { cpu = 256, memory = 512 }
    transform = { cpu = 512, memory = 1024 }
  }, var.sizes)
}

resource "aws_cloudwatch_log_group" "roles" {
  #checkov:skip=CKV_AWS_338:Logs of 90 days; audits read CloudTrail and the query log of the warehouse
  name              = "/tailrace/${var.environment}"
  retention_in_days = 90
  kms_key_id        = aws_kms_key.lake.arn
}

resource "aws_ecs_cluster" "tailrace" {
  name = local.name

  setting {
    name  = "containerInsights"
    value = "enabled"
  }
}

resource "aws_security_group" "roles" {
  name_prefix = "${local.name}-"
  description = "Roles of tailrace"
  vpc_id      = var.vpc_id
}

resource "aws_vpc_security_group_egress_rule" "roles" {
  for_each          = { s3_and_https = 443, postgres = 5432, clickhouse = 8443 }
  security_group_id = aws_security_group.roles.id
  description       = "To ${each.key}"
  cidr_ipv4         = "0.0.0.0/0"
  from_port         = each.value
  to_port           = each.value
  ip_protocol       = "tcp"
}

resource "aws_vpc_security_group_ingress_rule" "readers" {
  for_each                     = toset(var.reader_security_group_ids)
  security_group_id            = aws_security_group.roles.id
  description                  = "Page and metrics of the monitor; they need the token"
  referenced_security_group_id = each.value
  from_port                    = 8124
  to_port                      = 8124
  ip_protocol                  = "tcp"
}

resource "aws_ecs_task_definition" "role" {
  for_each                 = local.roles
  family                   = "${local.name}-${each.key}"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = local.sizes[each.key].cpu
  memory                   = local.sizes[each.key].memory
  execution_role_arn       = aws_iam_role.execution.arn
  task_role_arn            = aws_iam_role.role[each.key].arn

  # Nothing is written to a disk: only an embedded warehouse needs /tmp.
  container_definitions = jsonencode([{
    name                   = each.key
    image                  = var.image
    command                = [each.key]
    essential              = true
    user                   = "10001"
    readonlyRootFilesystem = true
    stopTimeout            = 30
    linuxParameters        = { capabilities = { drop = ["ALL"] }, initProcessEnabled = true }
    portMappings           = [{ containerPort = 8124, protocol = "tcp" }]

    environment = [
      for variable, value in merge(local.setting_variables, { AWS_REGION = data.aws_region.current.region }) :
      { name = variable, value = value }
    ]
    secrets = [
      for variable, arn in var.secrets : { name = variable, valueFrom = arn }
      if contains(lookup(local.secret_readers, variable, []), each.key)
    ]

    healthCheck = {
      command     = ["CMD", "node", "-e", "fetch('http://127.0.0.1:8124/healthz').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
      interval    = 20
      timeout     = 5
      retries     = 3
      startPeriod = 180
    }

    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = aws_cloudwatch_log_group.roles.name
        awslogs-region        = data.aws_region.current.region
        awslogs-stream-prefix = each.key
      }
    }
  }])
}

resource "aws_ecs_service" "role" {
  for_each        = local.roles
  name            = each.key
  cluster         = aws_ecs_cluster.tailrace.id
  task_definition = aws_ecs_task_definition.role[each.key].arn
  desired_count   = 1
  launch_type     = "FARGATE"

  # A slot and a lease have one holder: the old task ends before the new one starts.
  deployment_minimum_healthy_percent = 0
  deployment_maximum_percent         = 100

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  network_configuration {
    subnets          = var.subnet_ids
    security_groups  = [aws_security_group.roles.id]
    assign_public_ip = false
  }
}
