/** How one process of `run` does. */
export interface RoleReport {
  readonly role: string;
  /** ISO 8601, our clock: when its process started; null while there is none. */
  readonly startedAt: string | null;
  readonly restarts: number;
  /** What keeps it from its work now; null: nothing. */
  readonly trouble: string | null;
  /** What it met last, also after it works again. */
  readonly lastError: { readonly message: string; readonly at: string } | null;
}
