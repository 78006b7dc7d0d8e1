import { formatLsn } from '../core/lsn.ts';
import { elapsed, isoTime } from '../core/time.ts';
import type { Moment } from '../core/time.ts';
import type { Manifest } from '../lake/manifest.ts';
import { sql } from '../warehouse-sql/load.ts';
import { literalCh } from '../warehouse/names.ts';
import type { WindowResult } from './window.ts';
import type { CompactorContext } from './context.ts';

/** Writes a window that applied something into tailrace.windows. */
export async function noteWindow(
  context: Pick<CompactorContext, 'engine' | 'log' | 'recent' | 'state'>,
  result: WindowResult,
  of: { kind: 'front' | 'catch-up'; batches: readonly Manifest[]; begun: Moment },
): Promise<void> {
  if (result.steps === 0) return;
  const { kind, batches, begun } = of;
  const { tables, steps, rows, bytes } = result;
  const durationMs = Math.round(elapsed() - begun.elapsedMs);
  const [first, last] = [batches.at(0)?.number ?? 0, batches.at(-1)?.number ?? 0];
  context.recent.noteWindow({ startedAt: isoTime(begun.wallMs), durationMs, kind, tables, rows });
  context.log.debug({ kind, first, last, tables, steps, rows, durationMs }, 'window applied');
  const { appliedLsn, asOf } = context.state.front;
  await context.engine.exec(
    sql('note-window', {
      started: `fromUnixTimestamp64Milli(${begun.wallMs})`,
      facts: [durationMs, first, last, literalCh(kind), tables, steps, rows, bytes, literalCh(formatLsn(appliedLsn))].join(', '),
      as_of: asOf === null ? 'NULL' : `parseDateTime64BestEffort(${literalCh(asOf)}, 6, 'UTC')`,
    }),
  );
}
