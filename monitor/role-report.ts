/** The state of one process of `run`. */
export interface RoleReport {
  readonly role: string;
  /** ISO 8601, our clock: when its process started; null: it is not running. */
  readonly startedAt: string | null;
  readonly restarts: number;
  /** What keeps it from working now; null: nothing. */
  readonly trouble: string | null;
  /** Its last error; kept after it works again. */
  readonly lastError: { readonly message: string; readonly at: string } | null;
}
