import { qualifiedName, quoteIdent } from '../../core/table.ts';

/** Relations that a role cannot read. */
export interface Unreadable {
  readonly relations: readonly {
    readonly schema: string;
    readonly name: string;
    /** The role has USAGE of the schema already; absent where nobody asked. */
    readonly usesSchema?: boolean;
  }[];
  /** The role, quoted. */
  readonly user: string;
}

/**
 * The statements after which the role may read them: USAGE of each schema that needs it, then
 * SELECT on the relations of each schema.
 */
export function readGrants({ relations, user }: Unreadable): string[] {
  const schemas = Map.groupBy(relations, ({ schema }) => schema);
  return [
    ...[...schemas]
      .filter(([, some]) => !some.every(({ usesSchema }) => usesSchema === true))
      .map(([schema]) => `GRANT USAGE ON SCHEMA ${quoteIdent(schema)} TO ${user};`),
    ...[...schemas.values()].map(
      (some) => `GRANT SELECT ON ${some.map(({ schema, name }) => qualifiedName(schema, name)).join(', ')} TO ${user};`,
    ),
  ];
}
