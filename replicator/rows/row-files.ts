import type { ColumnBuilder } from '../../postgres/codec/column-builder.ts';
import type { RelationPlan } from './relation-plan.ts';
import { TablePart } from './table-part.ts';

/** The files of one relation, one after the other, while its rows are read by one plan. */
export class RowFiles {
  readonly plan: RelationPlan;
  /** The file under construction; null until the next row begins one. */
  part: TablePart | null = null;
  /** Builders of a finished file: they know how much room the next file needs. */
  spare: readonly ColumnBuilder[] | null = null;

  constructor(plan: RelationPlan) {
    this.plan = plan;
  }

  /** Begins the next file. */
  open(): TablePart {
    this.part = new TablePart(this);
    return this.part;
  }
}
