import { z } from 'zod';
import { parseLsn } from '../../core/lsn.ts';
import { storedLsn } from './stored-lsn.ts';
import { keptObject } from '../../lake/kept-object.ts';

/** A row version: hex in the state that is stored, a number in memory. */
const storedVersion = z.codec(z.string().regex(/^[0-9a-f]+$/), z.bigint(), {
  decode: (hex) => BigInt(`0x${hex}`),
  encode: (version) => version.toString(16),
});

/** Identifies a step and the part of it that is applied: equal content has an equal id. */
const stepId = keptObject({
  /** Storage of the generation before the step. */
  storage: z.string(),
  /** Digest of the paths of its files. */
  files: z.string(),
  /** Changes below this are applied already. */
  from: storedLsn,
  /** Only commits below this are applied; null: all. */
  before: storedLsn.nullable(),
  /**
   * Version of the last truncate of the step; only later changes are applied. null: no truncate.
   */
  truncate: storedVersion.nullable(),
});
export type StepId = z.infer<typeof stepId>;

/** A step whose resolved rows are in the table `staging`. */
const stagedStep = stepId.extend({ staging: z.string() });
export type StagedStep = z.infer<typeof stagedStep>;

/** How older versions stored it: `staging|storage:files:from-before[:truncate]`. */
const PACKED = /^([^|]+)\|([^:]+):([0-9a-f]+):([^-:]+)-([^:]*)(?::([0-9a-f]+))?$/;

/** No step is staged; stored as older versions did, so that they can read it too. */
const none = z.codec(z.literal(''), z.null(), { decode: () => null, encode: () => '' as const });

/** A generation's staged step in the state that is stored. */
export const storedStagedStep = z.union([stagedStep, none, z.string().regex(PACKED).transform(unpack)]);

/** Whether the staged rows, if there are any, are those of this step. */
export function isStaged(staged: StagedStep | null, step: StepId): staged is StagedStep {
  return (
    staged !== null &&
    staged.storage === step.storage &&
    staged.files === step.files &&
    staged.from === step.from &&
    staged.before === step.before &&
    staged.truncate === step.truncate
  );
}

function unpack(text: string): StagedStep {
  const [, staging = '', storage = '', files = '', from = '', before = '', truncate] = PACKED.exec(text) ?? [];
  return {
    staging,
    storage,
    files,
    from: parseLsn(from),
    before: before === '' ? null : parseLsn(before),
    truncate: truncate === undefined ? null : BigInt(`0x${truncate}`),
  };
}
