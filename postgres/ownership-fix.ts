/** Who owns a relation: name as `quote_ident` writes it. */
export interface Owner {
  readonly name: string;
  readonly superuser: boolean;
}

/**
 * The SQL after which `user` may publish `table` (both quoted): ALTER PUBLICATION … ADD TABLE demands the owner or a role that is a member of it
 * (publicationcmds.c). Membership leaves the table as it is, so it comes first; of a superuser it would hand over the whole server.
 */
export function ownershipFix(table: string, owner: Owner, user: string): string {
  const grant = `GRANT ${owner.name} TO ${user}`;
  return owner.superuser
    ? `ALTER TABLE ${table} OWNER TO ${user}; -- or ${grant}, which lets it become that superuser`
    : `${grant}; -- a publication takes only tables of a role that one has`;
}
