/** How a step ended; a step that fails throws. */
export interface Outcome {
  readonly state: 'ok' | 'skipped';
  /** What was done, or what is missing here. */
  readonly said: string;
}

export const ok = (said: string): Outcome => ({ state: 'ok', said });
export const skipped = (said: string): Outcome => ({ state: 'skipped', said });
