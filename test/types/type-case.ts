import type fc from 'fast-check';

/** A value that no input text makes: an SQL expression of the type. */
interface Made {
  readonly sql: string;
}

/** What is written into a column: input text of Postgres, an expression, or NULL. */
export type Written = string | Made | null;

/** One type as columns may have it, and the values that are meant to break its carriers. */
export interface TypeCase {
  /** As in a column's definition. */
  readonly type: string;
  /**
   * Names in `pg_type` that this case stands for, `schema.name` where the schema is not pg_catalog.
   */
  readonly covers: readonly string[];
  /** Written always. */
  readonly edges: readonly Written[];
  /** Written besides, as many as asked for. */
  readonly random?: fc.Arbitrary<string>;
  /** Contrib extension that brings it. */
  readonly extension?: string;
  /** What must be made first. */
  readonly setup?: readonly string[];
  /** First major that has it. */
  readonly since?: number;
  /** Separates elements in its arrays. */
  readonly delimiter?: string;
  /**
   * False where a column of its arrays makes no sense here, because it is an array or has no
   * values.
   */
  readonly arrays?: false;
}
