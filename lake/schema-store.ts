import { createHash } from 'node:crypto';
import { z } from 'zod';
import { PLAIN_KINDS } from '../core/column-kinds.ts';
import type { ColumnType } from '../core/column-type.ts';
import { TailraceError } from '../core/errors.ts';
import { schemaHash } from '../core/table.ts';
import type { TableSchema } from '../core/table.ts';
import { decodeJson, encodeJson } from './json-object.ts';
import { schemaKey } from './keys.ts';
import type { ObjectStore } from './store/object-store.ts';

const scalarType = z.union([
  z.object({ kind: z.enum(PLAIN_KINDS) }),
  z.object({ kind: z.literal('numeric'), precision: z.int(), scale: z.int(), unbounded: z.literal(true).exactOptional() }),
]);

export const columnType: z.ZodType<ColumnType> = z.union([scalarType, z.object({ kind: z.literal('array'), element: scalarType })]);

export const columnMask = z.enum(['sha256', 'null']);

export const narrowing = z.object({ hidden: z.array(z.int()), filter: z.string().nullable(), salt: z.string().nullable(), by: z.string() });

const tableSchema: z.ZodType<TableSchema> = z.object({
  tableId: z.string(),
  oid: z.int(),
  epoch: z.int(),
  schema: z.string(),
  name: z.string(),
  identity: z.enum(['key', 'full', 'append']),
  columns: z.array(
    z.object({
      id: z.int(),
      name: z.string(),
      attnum: z.int(),
      typeOid: z.int(),
      typmod: z.int(),
      typeName: z.string(),
      field: z.string(),
      type: columnType,
      missing: z.string().nullable(),
      notNull: z.literal(true).exactOptional(),
      mask: columnMask.exactOptional(),
    }),
  ),
  key: z.array(z.int()),
  explained: z.boolean(),
  narrowed: narrowing.exactOptional(),
});

/** Table schemas under the hash of their content: the same schema is always the same object. */
export class SchemaStore {
  readonly #store: ObjectStore;
  readonly #known = new Map<string, TableSchema>();

  constructor(store: ObjectStore) {
    this.#store = store;
  }

  /** Stores the schema unless it is there, and returns its hash. */
  async put(schema: TableSchema): Promise<string> {
    const hash = schemaHash(schema);
    const key = schemaKey(schema.tableId, hash);
    if (!this.#known.has(key)) {
      await this.#store.put(key, encodeJson(schema));
      this.#known.set(key, schema);
    }
    return hash;
  }

  /** The schema with that hash. LAKE_CORRUPT when it is missing or its bytes have another hash. */
  async get(tableId: string, hash: string): Promise<TableSchema> {
    const key = schemaKey(tableId, hash);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const bytes = await this.#store.get(key);
    if (bytes === null) throw new TailraceError('LAKE_CORRUPT', `${key} is missing`);
    if (createHash('sha256').update(bytes).digest('hex').slice(0, 32) !== hash) {
      throw new TailraceError('LAKE_CORRUPT', `the content of ${key} does not match the hash in its name`);
    }
    const schema = decodeJson(tableSchema, key, bytes);
    this.#known.set(key, schema);
    return schema;
  }
}
