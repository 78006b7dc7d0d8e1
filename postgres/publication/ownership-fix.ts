/** Who owns a relation that we do not, and what we are to that role. */
export interface Owner {
  /** As `quote_ident` writes it. */
  readonly name: string;
  readonly superuser: boolean;
  /** We are a member of it, without having its rights (NOINHERIT). */
  readonly member: boolean;
  /** Since 16 the grant says whether its rights are inherited, before the member did. */
  readonly grantsInherit: boolean;
}

/**
 * The statement after which `user` may publish `table` (both quoted). ALTER PUBLICATION … ADD TABLE
 * demands the owner or a role that has its rights (publicationcmds.c). Membership leaves the table
 * as it is, so it comes first. Whoever is granted a superuser is one: such a table had better
 * change hands.
 */
export function ownershipFix(table: string, owner: Owner, user: string): string {
  if (owner.superuser) return `ALTER TABLE ${table} OWNER TO ${user};`;
  if (!owner.member) return `GRANT ${owner.name} TO ${user};`;
  return owner.grantsInherit ? `GRANT ${owner.name} TO ${user} WITH INHERIT TRUE;` : `ALTER ROLE ${user} INHERIT;`;
}

/** Why, and what else would do, as a remark behind the statement. */
export function ownershipRemark(owner: Owner, user: string): string {
  return owner.superuser
    ? ` -- or GRANT ${owner.name} TO ${user}, which lets it become that superuser`
    : ' -- a publication takes only tables of a role that one has';
}
