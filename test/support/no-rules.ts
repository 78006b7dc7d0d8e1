import { TableRules } from '../../core/table-rule.ts';

/** A configuration without sections: every table is replicated whole. */
export const NO_RULES = new TableRules([], null);
