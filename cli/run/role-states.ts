import type { RoleReport } from '../../monitor/role-report.ts';
import type { RoleName } from '../../core/setting.ts';

/** The state of each process of `run`, for the page. Pure: times are arguments, ISO 8601. */
export class RoleStates {
  readonly #reports = new Map<RoleName, RoleReport>();

  get reports(): readonly RoleReport[] {
    return [...this.#reports.values()];
  }

  started(role: RoleName, at: string): void {
    const before = this.#reports.get(role);
    const restarts = before === undefined ? 0 : before.restarts + 1;
    this.#reports.set(role, { role, startedAt: at, restarts, trouble: null, lastError: before?.lastError ?? null });
  }

  ended(role: RoleName): void {
    this.#change(role, { startedAt: null });
  }

  /** An error that the role retries or that ended it; null: it works again. */
  trouble(role: RoleName, error: string | null, at: string): void {
    this.#change(role, error === null ? { trouble: null } : { trouble: error, lastError: { message: error, at } });
  }

  #change(role: RoleName, change: Partial<RoleReport>): void {
    const known = this.#reports.get(role);
    if (known !== undefined) this.#reports.set(role, { ...known, ...change });
  }
}
