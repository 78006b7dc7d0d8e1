/** The owner of a relation that is not ours, and how we relate to that role. */
export interface Owner {
  /** As `quote_ident` writes it. */
  readonly name: string;
  readonly superuser: boolean;
  /** We are a member without its rights (NOINHERIT). */
  readonly member: boolean;
  /** Since 16, each grant says whether rights are inherited; before, the member role did. */
  readonly grantsInherit: boolean;
}

/**
 * The statement that lets `user` publish `table` (both quoted). ALTER PUBLICATION … ADD TABLE
 * requires the owner or a role that has its rights (publicationcmds.c). Membership is preferred,
 * because it leaves the table unchanged. Membership in a superuser would make us one, so such a
 * table should change its owner instead.
 */
export function ownershipFix(table: string, owner: Owner, user: string): string {
  if (owner.superuser) return `ALTER TABLE ${table} OWNER TO ${user};`;
  if (!owner.member) return `GRANT ${owner.name} TO ${user};`;
  return owner.grantsInherit ? `GRANT ${owner.name} TO ${user} WITH INHERIT TRUE;` : `ALTER ROLE ${user} INHERIT;`;
}

/** The reason, or an alternative, as a remark after the statement. */
export function ownershipRemark(owner: Owner, user: string): string {
  return owner.superuser
    ? ` -- or GRANT ${owner.name} TO ${user}, which lets it become that superuser`
    : ' -- only the owner of a table, or a role with its rights, can publish it';
}
