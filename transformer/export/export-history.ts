import { TailraceError } from '../../core/errors.ts';
import { sql } from '../../warehouse-sql/load.ts';
import type { Engine } from '../../warehouse/engine.ts';
import { replicated } from '../../warehouse/cluster/shards.ts';
import { literalCh } from '../../warehouse/names.ts';
import { settingsClause, TABLE_SETTINGS } from '../../warehouse/place.ts';
import type { ExportManifest } from './export-manifest.ts';

/** An export that ended. */
interface EndedExport {
  readonly table: string;
  readonly to: string;
  readonly startedMs: number;
  readonly durationMs: number;
  readonly end:
    | { readonly status: 'exported' | 'unchanged'; readonly manifest: ExportManifest }
    | { readonly status: 'failed'; readonly error: unknown };
}

/** The last export of a table to a place. */
export interface LastExport {
  readonly table: string;
  readonly to: string;
  /** What the last one that succeeded has; null: none did. */
  readonly lsn: string | null;
  readonly asOf: string | null;
  readonly startedMs: number;
  /** Why the last one failed, with all values that the engine quotes; null: it succeeded. */
  readonly error: { readonly code: string; readonly message: string } | null;
}

/** Creates tailrace.exports. */
export async function createHistory(engine: Engine): Promise<void> {
  await engine.exec(
    sql('create-exports', { replicated: replicated(engine), settings: await settingsClause(engine, TABLE_SETTINGS.state) }),
  );
}

/** Adds a row to tailrace.exports. */
export async function noteExport(engine: Engine, { table, to, startedMs, durationMs, end }: EndedExport): Promise<void> {
  const manifest = end.status === 'failed' ? null : end.manifest;
  const { code, message } = end.status === 'failed' ? errorFacts(end.error) : { code: '', message: '' };
  await engine.exec(
    sql('note-export', {
      table: literalCh(table),
      place: literalCh(to),
      lsn: literalCh(manifest?.lsn ?? ''),
      as_of: manifest?.asOf ? `toDateTime64(${literalCh(manifest.asOf.replace('T', ' ').replace('Z', ''))}, 6, 'UTC')` : 'NULL',
      started_ms: `toInt64(${startedMs})`,
      duration_ms: String(Math.round(durationMs)),
      rows: String(manifest?.rows ?? 0),
      bytes: String(manifest?.files.reduce((sum, { bytes }) => sum + bytes, 0) ?? 0),
      files: String(manifest?.files.length ?? 0),
      status: literalCh(end.status),
      code: literalCh(code),
      message: literalCh(message),
    }),
  );
}

function errorFacts(error: unknown): { readonly code: string; readonly message: string } {
  if (error instanceof TailraceError) return error;
  return { code: 'INTERNAL', message: error instanceof Error ? error.message : 'unexpected failure' };
}

/** The last export of each table to each place. */
export async function lastExports(engine: Pick<Engine, 'query'>): Promise<LastExport[]> {
  const rows = await engine.query<LastRow>(sql('last-exports'));
  return rows.map(({ table, to, lsn, as_of, started_ms, status, error_code: code, error_message: message }) => ({
    table,
    to,
    lsn: lsn === '' ? null : lsn,
    asOf: as_of === null || as_of === '' ? null : isoText(as_of),
    startedMs: Number(started_ms),
    error: status === 'failed' ? { code, message } : null,
  }));
}

interface LastRow {
  readonly table: string;
  readonly to: string;
  readonly lsn: string;
  readonly as_of: string | null;
  readonly started_ms: string;
  readonly status: string;
  readonly error_code: string;
  readonly error_message: string;
}

/** A DateTime64 in UTC as ClickHouse prints it → ISO 8601. */
export function isoText(time: string): string {
  return `${time.replace(' ', 'T')}Z`;
}
