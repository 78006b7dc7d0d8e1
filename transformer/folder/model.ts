import type { CronTime } from '../../core/cron-time.ts';
import type { SelectTable } from '../../warehouse/select/select-tables.ts';
import type { ModelTest } from './model-test.ts';

/** A table with the database that its text names. */
export type NamedTable = SelectTable & { readonly database: string };

/** When something is to be done: at most so often and after a change, or at these times. */
export interface Timing {
  /** Milliseconds; null with `cron`. */
  readonly every: number | null;
  readonly cron: CronTime | null;
}

/**
 * One line `@by OUTPUT = INPUT: EXPRESSION`: rows of the model with one value of OUTPUT depend on
 * rows of INPUT with that value of EXPRESSION only.
 */
export interface Follow {
  /** A column of the model; the same in all lines of one model. */
  readonly output: string;
  /** One of the model's `inputs`. */
  readonly input: string;
  /** SQL over the columns of the input. */
  readonly expression: string;
}

/** A file `DIR/<database>/<name>.sql`. */
export interface Model extends Timing {
  /** `marts.orders`, each part quoted as `qualifiedName` does. */
  readonly id: string;
  readonly database: string;
  readonly name: string;
  /** Relative to DIR. */
  readonly file: string;
  /** What a row is. */
  readonly about: string;
  readonly kind: 'view' | 'table' | 'incremental';
  /** Columns; empty without `@key`. */
  readonly key: readonly string[];
  readonly by: readonly Follow[];
  readonly tests: readonly ModelTest[];
  readonly select: string;
  /** Tables that the SELECT reads: other models and tables of the source. */
  readonly tables: readonly NamedTable[];
  /** `tables` by their qualified names, in the same order. */
  readonly inputs: readonly string[];
  /** 32 hex digits over the text, kind, key and `by`: another hash is another content. */
  readonly hash: string;
}

/** A file `DIR/tests/NAME.sql`: a SELECT of failing rows, or a comparison of row counts. */
export type TestFile = Timing & {
  readonly name: string;
  /** Relative to DIR. */
  readonly file: string;
  readonly about: string;
  readonly severity: 'error' | 'warn';
} & (
    | { readonly select: string; readonly tables: readonly NamedTable[]; readonly inputs: readonly string[]; readonly reconcile: null }
    /** Globs over tables of the source. */
    | { readonly select: null; readonly reconcile: readonly string[] }
  );

/** What `--models DIR` holds. */
export interface Folder {
  readonly directory: string;
  /** Each after the models that it reads. */
  readonly models: readonly Model[];
  readonly tests: readonly TestFile[];
  /** File names of `DIR/reports`, relative to DIR. */
  readonly reports: readonly string[];
}
