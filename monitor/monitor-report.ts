import type { StatusReport } from './status.ts';
import type { AlertReport } from './alerting.ts';
import type { PipelineReport } from './pipeline.ts';
import type { LakeSpace } from './lake-space.ts';
import type { RoleReport } from './role-report.ts';

/** The answer of `/status`: what `status --json` prints, with alerts, places and processes. */
export interface MonitorReport extends StatusReport {
  readonly alerts: AlertReport;
  readonly pipeline: PipelineReport;
  readonly lakeSpace: LakeSpace;
  /** Processes of `run`; empty where each role runs by itself. */
  readonly roles: readonly RoleReport[];
}
