import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { securitySql } from '../server/security-sql.ts';
import type { SecuritySql } from '../server/security-sql.ts';

/** The pages that say what users of a cluster need. */
export interface Pages {
  readonly security: string;
  readonly cluster: string;
}

/** Those of this checkout. */
export function readPages(): Pages {
  return { security: page('SECURITY.md'), cluster: page('CLUSTER.md') };
}

/**
 * The SQL of docs/SECURITY.md, and what its text and docs/CLUSTER.md add for clusters: `GRANT …`
 * between backticks is the writer's on the first page and the reader's on the second one.
 */
export function pageGrants({ security, cluster }: Pages, password: string): SecuritySql {
  const sql = securitySql(security, password);
  const added = [
    ...inText(security).map((grant) => `${grant} TO ${sql.writer}`),
    ...inText(cluster).map((grant) => `${grant} TO ${sql.reader}`),
  ];
  return { ...sql, statements: [...sql.statements, ...added] };
}

function page(name: string): string {
  return readFileSync(join(import.meta.dirname, '../../docs', name), 'utf8');
}

function inText(text: string): string[] {
  return [...text.matchAll(/`(GRANT [^`]+ ON [^`]+?)`/g)].map(([, grant = '']) => grant);
}
