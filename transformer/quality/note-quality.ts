import { isoTime, wall } from '../../core/time.ts';
import { sql } from '../../warehouse-sql/load.ts';
import type { Engine } from '../../warehouse/engine.ts';
import { literalCh, timeCh } from '../../warehouse/names.ts';
import type { TestOutcome } from './run-tests.ts';

/** The position at which the tables were read: `X/Y`, and its as-of in ISO 8601. */
export interface TestedAt {
  readonly lsn: string;
  readonly asOf: string | null;
}

/**
 * Writes outcomes to tailrace.quality, with their samples. `run`: its number in tailrace.runs; null
 * outside of a run.
 */
export async function noteQuality(
  engine: Pick<Engine, 'exec'>,
  run: number | null,
  outcomes: readonly TestOutcome[],
  at: TestedAt,
): Promise<void> {
  if (outcomes.length === 0) return;
  const now = timeCh(isoTime(wall()), 3);
  const rows = outcomes.map((one) => [
    now,
    literalCh(one.test),
    literalCh(one.table),
    String(one.ok),
    literalCh(one.error ?? failuresText(one.failures)),
    run === null ? 'NULL' : String(run),
    literalCh(one.severity),
    String(one.failures),
    literalCh(one.sample.length === 0 ? '' : JSON.stringify(one.sample)),
    literalCh(at.lsn),
    at.asOf === null ? 'NULL' : timeCh(at.asOf, 6),
    String(one.durationMs),
  ]);
  await engine.exec(sql('note-quality', { rows: rows.map((row) => `(${row.join(', ')})`).join(', ') }));
}

function failuresText(failures: number): string {
  return failures === 0 ? '' : `${failures} ${failures === 1 ? 'row fails' : 'rows fail'}`;
}
