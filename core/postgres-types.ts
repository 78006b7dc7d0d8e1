import type { PlainKind } from './column-kinds.ts';

/** How a type of Postgres is mapped. Arrays, domains and enums follow from their base types. */
export interface PostgresType {
  /** Names as people write them; the first is what `pg_type` has. */
  readonly names: readonly string[];
  /**
   * Fixed for built-in types; a type of an extension is known by its name and the extension that
   * owns it.
   */
  readonly oid?: number;
  readonly extension?: string;
  /** `numeric`: by its modifier. */
  readonly kind: PlainKind | 'numeric';
  /** Its binary form is the bytes of its text, so that a binary copy can take it as it is. */
  readonly binaryIsText?: true;
  /** Why a type that is not text is kept as text. */
  readonly notTyped?: string;
}

const NO_RANGE = 'ClickHouse has no range: a bound may be in, out or missing, and the whole may be empty';
const NO_SHAPE = 'ClickHouse has no such shape, and open and closed ones must be told apart';
const NAME_OF_OBJECT = 'the number behind the name means nothing outside of Postgres; it is the name as it was when the row was written';
const DOCUMENT =
  "ClickHouse's JSON refuses duplicate keys, scalars and arrays at the top, long numbers, and drops nulls; as text it is what Postgres prints, and JSONExtract reads it";
const SEARCH = 'ClickHouse has no type for text search';
const INNER = 'a structure of Postgres itself, printed for people';
const OWN_NOTATION = 'a notation of the extension that only its own functions read';

/**
 * Every type that is mapped by name: built in ones by oid, others by the extension that owns them.
 */
export const POSTGRES_TYPES: readonly PostgresType[] = [
  { names: ['bool', 'boolean'], oid: 16, kind: 'bool' },
  { names: ['int2', 'smallint', 'smallserial'], oid: 21, kind: 'int2' },
  { names: ['int4', 'integer', 'serial'], oid: 23, kind: 'int4' },
  { names: ['int8', 'bigint', 'bigserial'], oid: 20, kind: 'int8' },
  { names: ['float4', 'real'], oid: 700, kind: 'float4' },
  { names: ['float8', 'double precision'], oid: 701, kind: 'float8' },
  { names: ['numeric', 'decimal'], oid: 1700, kind: 'numeric' },
  { names: ['date'], oid: 1082, kind: 'date' },
  { names: ['timestamp'], oid: 1114, kind: 'timestamp' },
  { names: ['timestamptz'], oid: 1184, kind: 'timestamptz' },
  { names: ['time'], oid: 1083, kind: 'time' },
  {
    names: ['timetz'],
    oid: 1266,
    kind: 'text',
    notTyped: 'ClickHouse has no time of day with an offset; moved to UTC it would be another value',
  },
  { names: ['interval'], oid: 1186, kind: 'interval' },
  { names: ['money'], oid: 790, kind: 'money' },
  { names: ['uuid'], oid: 2950, kind: 'uuid' },
  { names: ['bytea'], oid: 17, kind: 'bytea' },
  { names: ['text'], oid: 25, kind: 'text', binaryIsText: true },
  { names: ['varchar', 'character varying'], oid: 1043, kind: 'text', binaryIsText: true },
  { names: ['bpchar', 'char(n)'], oid: 1042, kind: 'text', binaryIsText: true },
  { names: ['name'], oid: 19, kind: 'text', binaryIsText: true },
  { names: ['char', '"char"'], oid: 18, kind: 'text' },
  { names: ['citext'], extension: 'citext', kind: 'text' },
  { names: ['xml'], oid: 142, kind: 'text' },
  { names: ['json'], oid: 114, kind: 'text', binaryIsText: true, notTyped: DOCUMENT },
  { names: ['jsonb'], oid: 3802, kind: 'text', notTyped: DOCUMENT },
  { names: ['jsonpath'], oid: 4072, kind: 'text', notTyped: 'an expression, not a value' },
  { names: ['bit', 'bit(n)'], oid: 1560, kind: 'text', notTyped: 'leading zeros and the length count; a number has neither' },
  { names: ['varbit', 'bit varying'], oid: 1562, kind: 'text', notTyped: 'leading zeros and the length count; a number has neither' },
  { names: ['inet'], oid: 869, kind: 'text', notTyped: 'IPv4 and IPv6 of ClickHouse have no netmask, and one column may hold both' },
  { names: ['cidr'], oid: 650, kind: 'text', notTyped: 'IPv4 and IPv6 of ClickHouse have no netmask, and one column may hold both' },
  { names: ['macaddr'], oid: 829, kind: 'text', notTyped: 'ClickHouse has no type for it' },
  { names: ['macaddr8'], oid: 774, kind: 'text', notTyped: 'ClickHouse has no type for it' },
  { names: ['oid'], oid: 26, kind: 'uint32' },
  { names: ['xid'], oid: 28, kind: 'uint32' },
  { names: ['cid'], oid: 29, kind: 'uint32' },
  { names: ['xid8'], oid: 5069, kind: 'uint64' },
  { names: ['pg_lsn'], oid: 3220, kind: 'lsn' },
  { names: ['tid'], oid: 27, kind: 'text', notTyped: 'a place in a file of Postgres, two numbers in one' },
  { names: ['int2vector'], oid: 22, kind: 'text', notTyped: INNER },
  { names: ['oidvector'], oid: 30, kind: 'text', notTyped: INNER },
  { names: ['regclass'], oid: 2205, kind: 'text', notTyped: NAME_OF_OBJECT },
  { names: ['regcollation'], oid: 4191, kind: 'text', notTyped: NAME_OF_OBJECT },
  { names: ['regconfig'], oid: 3734, kind: 'text', notTyped: NAME_OF_OBJECT },
  { names: ['regdictionary'], oid: 3769, kind: 'text', notTyped: NAME_OF_OBJECT },
  { names: ['regnamespace'], oid: 4089, kind: 'text', notTyped: NAME_OF_OBJECT },
  { names: ['regoper'], oid: 2203, kind: 'text', notTyped: NAME_OF_OBJECT },
  { names: ['regoperator'], oid: 2204, kind: 'text', notTyped: NAME_OF_OBJECT },
  { names: ['regproc'], oid: 24, kind: 'text', notTyped: NAME_OF_OBJECT },
  { names: ['regprocedure'], oid: 2202, kind: 'text', notTyped: NAME_OF_OBJECT },
  { names: ['regrole'], oid: 4096, kind: 'text', notTyped: NAME_OF_OBJECT },
  { names: ['regtype'], oid: 2206, kind: 'text', notTyped: NAME_OF_OBJECT },
  { names: ['point'], oid: 600, kind: 'point' },
  { names: ['line'], oid: 628, kind: 'text', notTyped: NO_SHAPE },
  { names: ['lseg'], oid: 601, kind: 'text', notTyped: NO_SHAPE },
  { names: ['box'], oid: 603, kind: 'text', notTyped: NO_SHAPE },
  { names: ['path'], oid: 602, kind: 'text', notTyped: NO_SHAPE },
  { names: ['polygon'], oid: 604, kind: 'text', notTyped: NO_SHAPE },
  { names: ['circle'], oid: 718, kind: 'text', notTyped: NO_SHAPE },
  { names: ['tsvector'], oid: 3614, kind: 'text', notTyped: SEARCH },
  { names: ['tsquery'], oid: 3615, kind: 'text', notTyped: SEARCH },
  { names: ['int4range'], oid: 3904, kind: 'text', notTyped: NO_RANGE },
  { names: ['int8range'], oid: 3926, kind: 'text', notTyped: NO_RANGE },
  { names: ['numrange'], oid: 3906, kind: 'text', notTyped: NO_RANGE },
  { names: ['daterange'], oid: 3912, kind: 'text', notTyped: NO_RANGE },
  { names: ['tsrange'], oid: 3908, kind: 'text', notTyped: NO_RANGE },
  { names: ['tstzrange'], oid: 3910, kind: 'text', notTyped: NO_RANGE },
  { names: ['pg_snapshot'], oid: 5038, kind: 'text', notTyped: INNER },
  { names: ['txid_snapshot'], oid: 2970, kind: 'text', notTyped: INNER },
  { names: ['aclitem'], oid: 1033, kind: 'text', notTyped: INNER },
  { names: ['refcursor'], oid: 1790, kind: 'text' },
  { names: ['hstore'], extension: 'hstore', kind: 'map' },
  { names: ['ltree'], extension: 'ltree', kind: 'text' },
  { names: ['lquery'], extension: 'ltree', kind: 'text', notTyped: 'an expression, not a value' },
  { names: ['ltxtquery'], extension: 'ltree', kind: 'text', notTyped: 'an expression, not a value' },
  { names: ['cube'], extension: 'cube', kind: 'text', notTyped: OWN_NOTATION },
  { names: ['seg'], extension: 'seg', kind: 'text', notTyped: OWN_NOTATION },
  ...['ean13', 'isbn', 'isbn13', 'ismn', 'ismn13', 'issn', 'issn13', 'upc'].map((name): PostgresType => ({
    names: [name],
    extension: 'isn',
    kind: 'text',
    notTyped: 'a number with hyphens and a check digit',
  })),
  { names: ['geometry'], extension: 'postgis', kind: 'ewkb' },
  { names: ['geography'], extension: 'postgis', kind: 'ewkb' },
  { names: ['box2d'], extension: 'postgis', kind: 'text', notTyped: OWN_NOTATION },
  { names: ['box3d'], extension: 'postgis', kind: 'text', notTyped: OWN_NOTATION },
  { names: ['vector'], extension: 'vector', kind: 'vector' },
  { names: ['halfvec'], extension: 'vector', kind: 'vector' },
  {
    names: ['sparsevec'],
    extension: 'vector',
    kind: 'text',
    notTyped: 'most of its numbers are not there; as an array it would be their count',
  },
];

/** All other types, by their kind in `pg_type.typtype`, and why they are text. */
export const OTHER_TYPES: readonly { readonly what: string; readonly notTyped: string }[] = [
  { what: 'a range or multirange of any type', notTyped: NO_RANGE },
  { what: 'a composite type', notTyped: 'its fields may change while the stream does not say so' },
  {
    what: 'any other type of an extension or of your own',
    notTyped: 'tailrace does not know what its text means, so it changes nothing of it',
  },
  { what: 'an array of arrays by way of a domain', notTyped: 'ClickHouse cannot tell a NULL array inside an array' },
  { what: 'an array whose elements are separated by `;` (of `box`)', notTyped: 'its elements are text themselves' },
];

const BY_OID = new Map(POSTGRES_TYPES.flatMap((type) => (type.oid === undefined ? [] : [[type.oid, type] as const])));
const BY_NAME = new Map(
  POSTGRES_TYPES.flatMap((type) => (type.extension === undefined ? [] : [[`${type.extension}.${type.names[0]}`, type] as const])),
);

/** The entry of a base type; undefined for types that are not in the table. */
export function postgresType(oid: number, name: string, extension: string | null): PostgresType | undefined {
  return BY_OID.get(oid) ?? (extension === null ? undefined : BY_NAME.get(`${extension}.${name}`));
}
