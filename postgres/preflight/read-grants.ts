import { qualifiedName, quoteIdent } from '../../core/table.ts';

/** Relations that a role may not read. */
export interface Unreadable {
  readonly relations: readonly { readonly schema: string; readonly name: string }[];
  /** The role, quoted. */
  readonly user: string;
}

/**
 * One statement a line after which it may: for each schema its USAGE, then SELECT on all relations
 * of it.
 */
export function readGrants({ relations, user }: Unreadable): string[] {
  const schemas = Map.groupBy(relations, ({ schema }) => schema);
  return [
    ...[...schemas.keys()].map((schema) => `GRANT USAGE ON SCHEMA ${quoteIdent(schema)} TO ${user};`),
    ...[...schemas.values()].map(
      (some) => `GRANT SELECT ON ${some.map(({ schema, name }) => qualifiedName(schema, name)).join(', ')} TO ${user};`,
    ),
  ];
}
