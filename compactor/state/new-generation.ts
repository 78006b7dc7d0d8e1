import { parseLsn } from '../../core/lsn.ts';
import { epochOf, oidOf, parseQualifiedName } from '../../core/table.ts';
import type { TableSchema } from '../../core/table.ts';
import type { BasePlan } from '../../lake/bases/base-log.ts';
import type { CatalogEvent } from '../../lake/manifest.ts';
import type { SnapshotPlan } from '../../lake/snapshot-log.ts';
import { storageName } from './generation.ts';
import type { Generation } from './generation.ts';
import { NO_LSN } from './front.ts';

/** Fields of a generation of which nothing is stored yet. */
const UNBEGUN = { visible: false, chunks: 0, staged: null, appliedLsn: null, asOf: null, error: null } as const;

/** A generation whose copy was found in the lake. `schema`: that of its chunks. */
export function copyingGeneration(
  plan: Pick<SnapshotPlan, 'generation' | 'schema' | 'consistentPoint'>,
  schema: TableSchema,
  rebuild: number,
): Generation {
  const consistentPoint = parseLsn(plan.consistentPoint);
  const { tableId, oid, epoch, identity } = schema;
  const of = { tableId, oid, epoch, generation: plan.generation, rebuild };
  return {
    ...of,
    ...UNBEGUN,
    schema: schema.schema,
    name: schema.name,
    identity,
    state: 'copying',
    storage: storageName(of),
    schemaHash: plan.schema,
    consistentPoint,
    position: { manifest: 0, files: 0, lsn: consistentPoint },
  };
}

/** The same from a base of the copy: its stream goes on after the manifest of the base. */
export function generationFromBase(plan: BasePlan, schema: TableSchema, rebuild: number): Generation {
  const { n, manifest } = plan;
  const begun = copyingGeneration(plan, schema, rebuild);
  return { ...begun, base: { n, manifest }, position: { ...begun.position, manifest } };
}

/**
 * A table that was published and has no copy yet. `schema`: the one that the event names; null: it
 * names none.
 */
export function waitingGeneration(event: CatalogEvent, schema: TableSchema | null, rebuild: number): Generation {
  const { tableId } = event;
  return {
    ...parseQualifiedName(event.table),
    ...UNBEGUN,
    tableId,
    oid: oidOf(tableId),
    epoch: epochOf(tableId),
    generation: 0,
    rebuild,
    identity: schema?.identity ?? 'key',
    state: 'waiting',
    storage: '',
    schemaHash: event.schema ?? '',
    consistentPoint: NO_LSN,
    position: { manifest: 0, files: 0, lsn: NO_LSN },
  };
}
