import { baseContent, type BaseContent, isWhole, newestBase } from './lake-bases.ts';
import type { LivePipeline } from './live-pipeline.ts';
import { Program } from './program.ts';
import type { ProcessUse, Run } from './result.ts';
import { until } from './until.ts';
import type { Place } from './workplace.ts';

/** What one `tailrace base` took, from its start. */
export interface BaseCost {
  readonly content: BaseContent;
  /** Until the base was whole: written and read back. */
  readonly whole: Run;
  /** From then until it was proven, and the command has said so. */
  readonly proven: Run;
  /** Seconds until the last chunk was written. */
  readonly written: number;
  /** From then until all chunks were read back. */
  readonly readBack: number;
}

/** Asks the pipeline for a base of a table (of schema public), which must be proven in the end. */
export async function makeBase(pipeline: LivePipeline, place: Place, table: string): Promise<BaseCost> {
  const before = newestBase(place.lake, table)?.plan.n ?? 0;
  const begun = Date.now();
  await using command = new Program(place.command('base', `public.${table}`));
  const whole = await pipeline.measured(() => until(() => command.over || hasWhole(place, table, before)));
  const proven = await pipeline.measured(() => command.end());
  const base = newestBase(place.lake, table);
  if (base === null || base.plan.n === before) throw new Error(`no base of ${table} was written: ${command.stdout}`);
  const content = baseContent(base);
  if (!content.equal) throw new Error(`the base of ${table} was judged unequal: ${command.stdout}`);
  const { times } = content;
  const written = (times.written - begun) / 1000;
  return { content, whole, proven, written, readBack: (times.whole - times.written) / 1000 };
}

function hasWhole({ lake }: Place, table: string, before: number): boolean {
  const base = newestBase(lake, table);
  return base !== null && base.plan.n > before && isWhole(base);
}

/** The greatest resident memory of one kind of process, in MiB. */
export function peakOf(process: string, runs: readonly { readonly processes: readonly ProcessUse[] }[]): number {
  const peaks = runs.flatMap(({ processes }) => processes.filter((use) => use.process === process).map(({ peakMiB }) => peakMiB));
  return Math.max(...peaks);
}
