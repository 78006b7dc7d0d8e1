import { tableId } from '../../core/table.ts';
import type { TableSchema } from '../../core/table.ts';
import type { Relation } from '../../postgres/pgoutput/handler.ts';

/**
 * A schema for rows whose columns could not be explained: every value becomes text, so the lake
 * keeps them. Such files are never applied; the table is copied again at a later position.
 */
export function unexplainedSchema(relation: Relation, epoch: number): TableSchema {
  return {
    tableId: tableId(relation.oid, epoch),
    oid: relation.oid,
    epoch,
    schema: relation.schema,
    name: relation.name,
    identity: relation.identity === 'f' ? 'full' : 'append',
    columns: relation.columns.map(({ name, typeOid, typmod }, index) => ({
      id: index + 1,
      name,
      attnum: index + 1,
      typeOid,
      typmod,
      typeName: 'unknown',
      field: `c${index + 1}`,
      type: { kind: 'text' },
      missing: null,
    })),
    key: [],
    explained: false,
  };
}
