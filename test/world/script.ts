import type { SessionDraw } from './draw.ts';
import type { Mode, Step } from './world.ts';

/** The steps drawn so far. */
export class Script {
  readonly steps: Step[] = [];

  sql(session: number, mode: Mode, ...statements: readonly string[]): void {
    for (const sql of statements) this.steps.push({ kind: 'sql', session, mode, sql });
  }

  deed(deed: string): void {
    this.steps.push({ kind: 'deed', deed });
  }
}

/** One session of the application and the transaction it has open. */
export interface OpenSession {
  readonly draw: SessionDraw;
  mode: Mode;
  /** Savepoints by name, with where the model stood. */
  readonly savepoints: { readonly name: string; readonly mark: number }[];
  /** Items until it ends. */
  left: number;
  /** Name it was prepared under. */
  prepared: string | null;
}
