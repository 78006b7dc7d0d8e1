/** The statements of docs/SECURITY.md for a ClickHouse server, ready to run. */
export interface SecuritySql {
  readonly statements: readonly string[];
  /** Users that they create: the first one writes, the second one reads. */
  readonly writer: string;
  readonly reader: string;
}

/**
 * Reads every SQL block below a heading that names ClickHouse. `'…'` becomes the password, and a
 * user may come from any host: the containers have addresses of their own. Throws when the page has
 * no such users.
 */
export function securitySql(page: string, password: string): SecuritySql {
  const sections = page.split(/^#+ /m).filter((section) => /^[^\n]*ClickHouse/.test(section));
  const blocks = sections.flatMap((section) => [...section.matchAll(/```sql\n([\s\S]*?)```/g)].map(([, block = '']) => block));
  const statements = blocks
    .flatMap((block) => block.replace(/--[^\n]*/g, '').split(';'))
    .map((statement) =>
      statement
        .trim()
        .replaceAll("'…'", `'${password}'`)
        .replace(/\bHOST IP '[^']*'/, 'HOST ANY'),
    )
    .filter((statement) => statement !== '');
  const [writer, reader] = statements.flatMap((statement) => /^CREATE USER (?:IF NOT EXISTS )?`?(\w+)/i.exec(statement)?.[1] ?? []);
  if (writer === undefined || reader === undefined)
    throw new Error('docs/SECURITY.md has no SQL of a writer and a reader below a heading that names ClickHouse');
  return { statements, writer, reader };
}

/** The grants on `marts` for other databases of models and freezes, as the page asks for. */
export function repeatedFor(databases: readonly string[], { statements, writer }: SecuritySql): string[] {
  const ofMarts = statements.filter((one) => one.startsWith('GRANT ') && one.endsWith(` ON marts.* TO ${writer}`));
  return databases.flatMap((database) => ofMarts.map((one) => one.replace(' ON marts.*', ` ON ${database}.*`)));
}
