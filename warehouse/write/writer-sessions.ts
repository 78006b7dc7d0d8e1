/** Most sessions that are remembered; the oldest goes first. */
const MOST = 1_000;
const USUAL_SECONDS = 60;
const MOST_SECONDS = 3_600;

interface WriterSession {
  readonly settings: Record<string, string>;
  untilMs: number;
}

/** Settings that clients of builder have set, by session id. Time is an argument. */
export class WriterSessions {
  readonly #sessions = new Map<string, WriterSession>();

  /** Settings of a session, which lives on from now; none of one that is not known. */
  settings(
    id: string | null,
    { nowMs, seconds }: { readonly nowMs: number; readonly seconds: number | null },
  ): Readonly<Record<string, string>> {
    const session = id === null ? undefined : this.#sessions.get(id);
    if (id === null || session === undefined) return {};
    if (session.untilMs < nowMs) {
      this.#sessions.delete(id);
      return {};
    }
    session.untilMs = nowMs + lifeMs(seconds);
    return session.settings;
  }

  /** Adds settings. A statement without a session id leaves nothing behind. */
  set(
    id: string | null,
    settings: Readonly<Record<string, string>>,
    now: { readonly nowMs: number; readonly seconds: number | null },
  ): void {
    if (id === null) return;
    const before = this.settings(id, now);
    this.#sessions.delete(id);
    this.#sessions.set(id, { settings: { ...before, ...settings }, untilMs: now.nowMs + lifeMs(now.seconds) });
    const [oldest] = this.#sessions.size > MOST ? this.#sessions.keys() : [];
    if (oldest !== undefined) this.#sessions.delete(oldest);
  }
}

function lifeMs(seconds: number | null): number {
  return Math.min(seconds ?? USUAL_SECONDS, MOST_SECONDS) * 1_000;
}
