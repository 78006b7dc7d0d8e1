import { TailraceError } from '../../core/errors.ts';
import { ownershipFix } from './ownership-fix.ts';
import { qualifiedName, quoteIdent } from '../../core/table.ts';
import { readBlockers } from './blocker.ts';
import type { SqlConnection } from '../session/connect.ts';
import type { UnsentLeaf } from './source-tables.ts';
import { readGrants } from './read-grants.ts';

/**
 * Why a table cannot be replicated now. `unpublished`: manual action is needed; `waiting`: a lock
 * is in the way.
 */
export interface Obstacle {
  readonly state: 'unpublished' | 'waiting';
  readonly error: TailraceError;
}

/**
 * What the tables are needed for: to add them to a publication, or to read their rows for the first
 * time.
 */
export type Purpose = 'publish' | 'copy';

/**
 * Whose rights count: our own, or those of the role that owns the publications. The two can differ.
 */
export interface Actor {
  readonly publication: string;
  readonly role: 'own' | 'publisher';
}

/** How many leaves one error names at most. */
const LEAVES_NAMED = 5;

interface RightsRow {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  readonly unlogged: boolean;
  readonly role: string;
  readonly owner: string;
  readonly ownerIsSuperuser: boolean;
  readonly owned: boolean;
  readonly member: boolean;
  readonly grantsInherit: boolean;
  readonly usesSchema: boolean;
  readonly ownerUsesSchema: boolean;
  /** Relations without SELECT: leaves, or the table itself. */
  readonly unread: readonly { readonly schema: string; readonly name: string; readonly usesSchema: boolean }[];
  readonly rowsHidden: boolean;
}

const RIGHTS = `
with recursive actor as (
  select coalesce((select pubowner from pg_publication where pubname = $2 and $3), (select oid from pg_roles where rolname = current_user)) as oid
),
role as (select r.oid, r.rolname, r.rolsuper or r.rolbypassrls as sees from actor a join pg_roles r on r.oid = a.oid),
tree as (
  select oid as root, oid from unnest($1::oid[]) as o(oid)
  union all
  select t.root, i.inhrelid from tree t join pg_inherits i on i.inhparent = t.oid and not i.inhdetachpending
    join pg_class c on c.oid = i.inhrelid and c.relispartition
),
reads as (
  select t.root, n.nspname, c.relname, has_schema_privilege(r.oid, n.oid, 'USAGE') as uses, has_table_privilege(r.oid, c.oid, 'SELECT') as selects,
    c.relrowsecurity and not r.sees and (c.relforcerowsecurity or not pg_has_role(r.oid, c.relowner, 'USAGE')) as hidden
  from tree t join pg_class c on c.oid = t.oid and (c.relkind = 'r' or c.oid = t.root) join pg_namespace n on n.oid = c.relnamespace cross join role r
)
select c.oid::bigint::float8 as oid, n.nspname::text as schema, c.relname::text as name, c.relpersistence = 'u' as unlogged,
  r.rolname::text as role, o.rolname::text as owner, o.rolsuper as "ownerIsSuperuser",
  pg_has_role(r.oid, o.oid, 'USAGE') as owned, pg_has_role(r.oid, o.oid, 'MEMBER') as member,
  current_setting('server_version_num')::int >= 160000 as "grantsInherit",
  has_schema_privilege(r.oid, n.oid, 'USAGE') as "usesSchema", has_schema_privilege(o.oid, n.oid, 'USAGE') as "ownerUsesSchema",
  coalesce((select json_agg(json_build_object('schema', nspname, 'name', relname, 'usesSchema', uses) order by nspname, relname)
    from reads where root = c.oid and not (uses and selects)), '[]') as unread,
  exists (select from reads where root = c.oid and hidden) as "rowsHidden"
from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_roles o on o.oid = c.relowner cross join role r
where c.oid = any ($1::oid[])`;

/**
 * Reads what keeps these tables from the purpose, by oid; a table without an entry is free. Reads
 * the catalog and the locks that are held, and waits for none. The error is SOURCE_BUSY for a lock,
 * and otherwise TABLE_UNPUBLISHED with the statements that fix it.
 */
export async function readObstacles(
  connection: Pick<SqlConnection, 'query'>,
  oids: readonly number[],
  { purpose, publication, role }: { purpose: Purpose } & Actor,
): Promise<Map<number, Obstacle>> {
  if (oids.length === 0) return new Map();
  const rights = await connection.query<RightsRow>(RIGHTS, [oids, publication, role === 'publisher']);
  const blockers = await readBlockers(connection, oids, purpose);
  return new Map(
    rights.flatMap((table): [number, Obstacle][] => {
      const name = qualifiedName(table.schema, table.name);
      if (table.unlogged) return [[table.oid, { state: 'unpublished', error: unlogged(name) }]];
      const refused = purpose === 'publish' ? publishTrouble(table) : copyTrouble(table);
      if (refused !== null) return [[table.oid, { state: 'unpublished', error: unpublished(`${name} ${refused.what}`, refused.fix) }]];
      const blocker = blockers.get(table.oid);
      return blocker === undefined ? [] : [[table.oid, { state: 'waiting', error: lockedError(name, blocker) }]];
    }),
  );
}

/** The error of a chosen table that cannot be replicated until `fix` is done. */
function unpublished(what: string, fix: string): TailraceError {
  return new TailraceError('TABLE_UNPUBLISHED', what, { hint: fix });
}

/** The error of an unlogged table. */
export function unlogged(table: string): TailraceError {
  return unpublished(`${table} is unlogged: its changes are not in the WAL`, `ALTER TABLE ${table} SET LOGGED;`);
}

/**
 * The error of a table that its configuration does not fit, for the reason `refused`. SOURCE_BUSY
 * if a lock kept us from finding out.
 */
export function misfit(table: string, refused: string, { busy, fix }: { busy: boolean; fix: string | null }): TailraceError {
  if (busy) return new TailraceError('SOURCE_BUSY', refused);
  return unpublished(`the configuration does not fit ${table}: ${refused}`, fix ?? 'Change its section `table`.');
}

/**
 * The error of a partitioned table with leaves that the stream does not send. Its fix is the
 * statement for the first leaf.
 */
export function incomplete(table: string, unsent: readonly UnsentLeaf[]): TailraceError {
  const named = unsent.slice(0, LEAVES_NAMED).map(({ schema, name, kind }) => `${qualifiedName(schema, name)} (${kind})`);
  const more = unsent.length > LEAVES_NAMED ? ` and ${unsent.length - LEAVES_NAMED} more` : '';
  const [first] = unsent;
  const leaf = first === undefined ? '' : qualifiedName(first.schema, first.name);
  const fix = first?.kind === 'foreign' ? `ALTER TABLE ${table} DETACH PARTITION ${leaf};` : `ALTER TABLE ${leaf} SET LOGGED;`;
  return unpublished(`${table} is replicated without changes of ${named.join(', ')}${more}`, fix);
}

/** The error of a table that waits for a lock. */
export function lockedError(table: string, blocker: string): TailraceError {
  return new TailraceError('SOURCE_BUSY', `${table} waits for a lock that ${blocker} holds`, {
    hint: 'Replication continues by itself when that transaction ends.',
  });
}

interface Refused {
  readonly what: string;
  readonly fix: string;
}

/** ALTER PUBLICATION … ADD TABLE requires the owner of the table, and USAGE of its schema. */
function publishTrouble(table: RightsRow): Refused | null {
  const name = qualifiedName(table.schema, table.name);
  const [role, owner] = [quoteIdent(table.role), quoteIdent(table.owner)];
  const usage = `GRANT USAGE ON SCHEMA ${quoteIdent(table.schema)} TO ${role};`;
  if (table.owned) return table.usesSchema ? null : { what: `is in a schema without USAGE for ${role}`, fix: usage };
  const what = `belongs to ${owner}, and only its owner may publish it, which ${role} is not`;
  const { member, grantsInherit, ownerIsSuperuser: superuser } = table;
  const grant = ownershipFix(name, { name: owner, superuser, member, grantsInherit }, role);
  const finds = table.usesSchema || (!table.ownerIsSuperuser && table.ownerUsesSchema);
  return { what, fix: finds ? grant : `${grant} ${usage}` };
}

/** A copy reads each leaf directly. */
function copyTrouble({ unread, rowsHidden, role }: RightsRow): Refused | null {
  const to = quoteIdent(role);
  if (unread.length > 0) {
    const fix = readGrants({ relations: unread, user: to }).join(' ');
    return { what: `cannot be copied: ${to} may not read it`, fix };
  }
  if (!rowsHidden) return null;
  return { what: `cannot be copied: row level security hides rows from ${to}`, fix: `ALTER ROLE ${to} BYPASSRLS;` };
}
