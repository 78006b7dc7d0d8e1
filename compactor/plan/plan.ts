import { parseLsn } from '../../core/lsn.ts';
import type { Lsn } from '../../core/lsn.ts';
import { epochOf } from '../../core/table.ts';
import type { Identity } from '../../core/table.ts';
import type { FileEntry, Manifest } from '../../lake/manifest.ts';
import type { Position } from '../state/position.ts';
import type { Fact, Step } from './item.ts';
import { withoutTruncated } from './truncated.ts';

/** Limits of a step, which is one block in memory. */
export interface StepLimits {
  readonly rows: number;
  readonly bytes: number;
  readonly files: number;
}

/**
 * Limits of the steps of a table that lies on several shards. Each shard keeps its share of a step,
 * so the block there stays as large. REPLICA IDENTITY FULL lies whole on one shard.
 */
export function limitsOn(shards: number, limits: StepLimits, { identity }: { readonly identity: Identity }): StepLimits {
  const times = identity === 'full' ? 1 : shards;
  return { rows: limits.rows * times, bytes: limits.bytes * times, files: limits.files };
}

/** The work that is left for one generation. */
export interface TableWork {
  readonly tableId: string;
  readonly position: Position;
  /** Consecutive; those before the position are skipped. */
  readonly manifests: readonly Manifest[];
  /** Only commits of the last manifest below this; null: all. */
  readonly before: Lsn | null;
  /** Rows count even when a later truncate removes them. */
  readonly keepsTruncated?: boolean;
}

/**
 * Position + manifests → what to do, in order. Batches without anything of the table only move its
 * position.
 */
export function planTable(work: TableWork, limits: StepLimits): (Step | Fact)[] {
  const items: (Step | Fact)[] = [];
  let open: Step | null = null;
  let at = work.position;
  const close = (): void => {
    if (open !== null) items.push(open);
    open = null;
  };
  for (const manifest of work.manifests) {
    if (manifest.number <= work.position.manifest || isInCopy(manifest, work)) continue;
    const before = endsInside(manifest, work.before) ? work.before : null;
    const first = manifest.number === work.position.manifest + 1 ? work.position.files : 0;
    const files = manifest.files.filter((file) => file.tableId === work.tableId);
    for (const [index, file] of files.entries()) {
      if (index < first || isBelow(file, at.lsn) || (before !== null && isAtOrAbove(file, before))) continue;
      const step = fileStep({ file, index, manifest, at, before });
      if (open !== null && fits(open, step, limits)) open = joined(open, step);
      else {
        close();
        open = step;
      }
      at = step.after;
    }
    if (before !== null) break;
    for (const event of manifest.catalog) {
      if (event.tableId !== work.tableId) continue;
      close();
      at = { manifest: manifest.number, files: 0, lsn: at.lsn };
      items.push({ kind: 'fact', event, manifest, after: at });
    }
  }
  close();
  return work.keepsTruncated === true ? items : withoutTruncated(items);
}

/** Position of a generation after its work is done. */
export function positionAfter(work: TableWork): Position {
  const last = work.manifests.at(-1);
  if (last === undefined || last.number <= work.position.manifest) return work.position;
  if (!endsInside(last, work.before)) return { manifest: last.number, files: 0, lsn: work.position.lsn };
  return { manifest: last.number - 1, files: 0, lsn: work.before };
}

/**
 * Whether all of the batch is below the consistent point: its rows are in the copy, and the table
 * was copied in the shape that its facts report, or a later one.
 */
export function isInCopy({ epoch, to }: Manifest, { tableId, position }: Pick<TableWork, 'tableId' | 'position'>): boolean {
  return epoch === epochOf(tableId) && parseLsn(to) <= position.lsn;
}

function endsInside(manifest: Manifest, before: Lsn | null): before is Lsn {
  return before !== null && parseLsn(manifest.to) > before;
}

function fileStep(options: { file: FileEntry; index: number; manifest: Manifest; at: Position; before: Lsn | null }): Step {
  const { file, index, manifest, at, before } = options;
  const whole = before === null || isBelow(file, before);
  return {
    kind: 'step',
    schema: file.schema,
    files: [file],
    lineage: file.keyChanges > 0 && file.unchanged > 0,
    truncates: file.truncates > 0,
    streamed:
      file.commitLsn === undefined
        ? null
        : { commitLsn: parseLsn(file.commitLsn), commitTime: file.commitTime ?? '', abortedXids: file.abortedXids ?? [] },
    before: whole ? null : before,
    at,
    after: { manifest: manifest.number - 1, files: whole ? index + 1 : index, lsn: whole ? at.lsn : before },
  };
}

function fits(step: Step, next: Step, limits: StepLimits): boolean {
  if (step.lineage || step.truncates || next.lineage || next.truncates || step.schema !== next.schema) return false;
  if (step.streamed?.commitLsn !== next.streamed?.commitLsn) return false;
  const files = [...step.files, ...next.files];
  return sum(files, 'rows') <= limits.rows && sum(files, 'bytes') <= limits.bytes && files.length <= limits.files;
}

function joined(step: Step, next: Step): Step {
  return { ...step, files: [...step.files, ...next.files], before: next.before, after: next.after };
}

/** Whether every commit of the file is below `lsn`. */
function isBelow(file: FileEntry, lsn: Lsn): boolean {
  return file.maxCommitLsn !== undefined && parseLsn(file.maxCommitLsn) < lsn;
}

function isAtOrAbove(file: FileEntry, lsn: Lsn): boolean {
  return file.minCommitLsn !== undefined && parseLsn(file.minCommitLsn) >= lsn;
}

export function sum(files: readonly FileEntry[], what: 'rows' | 'bytes'): number {
  return files.reduce((total, file) => total + file[what], 0);
}
