import { existsSync, globSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import type { BaseChunk, BaseDone, BasePlan, BaseProof } from '../lake/bases/base-log.ts';

/** A base of a directory lake, while it is made and when it is whole. */
export interface LakeBase {
  readonly folder: string;
  readonly plan: BasePlan;
}

/** The newest base of a table (of schema public) that was begun; null: there is none. */
export function newestBase(lake: string, table: string): LakeBase | null {
  const plans = globSync('base/*/*/plan.json', { cwd: lake }).map((name) => ({
    folder: path.join(lake, path.dirname(name)),
    plan: read(path.join(lake, name)) as BasePlan,
  }));
  const bases = plans.filter(({ plan }) => plan.table === `public.${table}`).toSorted((a, b) => a.plan.n - b.plan.n);
  return bases.at(-1) ?? null;
}

/** Whether the base was read back, and so is whole. */
export function isWhole({ folder }: LakeBase): boolean {
  return existsSync(path.join(folder, 'done.json'));
}

/** What a whole base has, and what of it was written for it. */
export interface BaseContent {
  readonly rows: number;
  readonly bytes: number;
  /** Without chunks that are taken over from earlier bases. */
  readonly ownBytes: number;
  readonly chunks: number;
  readonly equal: boolean;
  /** When its last chunk was there, when it was whole and when it was proven; Unix time in ms. */
  readonly times: { readonly written: number; readonly whole: number; readonly proven: number };
}

/** Reads a base that is whole and was judged. */
export function baseContent({ folder, plan }: LakeBase): BaseContent {
  const names = readdirSync(folder).filter((name) => /^\d{6}\.json$/.test(name));
  const chunks = names.map((name) => read(path.join(folder, name)) as BaseChunk);
  const own = chunks.filter((chunk) => chunk.path.startsWith(`base/${plan.tableId}/${plan.n}/`));
  const { rows, bytes } = read(path.join(folder, 'done.json')) as BaseDone;
  return {
    rows,
    bytes,
    ownBytes: own.reduce((sum, chunk) => sum + chunk.bytes, 0),
    chunks: chunks.length,
    equal: (read(path.join(folder, 'proof.json')) as BaseProof).equal,
    times: {
      written: Math.max(...names.map((name) => storedAt(path.join(folder, name)))),
      whole: storedAt(path.join(folder, 'done.json')),
      proven: storedAt(path.join(folder, 'proof.json')),
    },
  };
}

function storedAt(file: string): number {
  return statSync(file).mtimeMs;
}

function read(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8'));
}
