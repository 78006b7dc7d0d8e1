import { TailraceError } from '../errors.ts';

/**
 * Throws BAD_CONFIG where a cluster is configured and lake or warehouse is a directory: each node
 * reads the lake by itself.
 */
export function requireClusterEnds(ends: {
  readonly lake: string;
  readonly warehouse: string;
  readonly cluster: string | undefined;
}): void {
  if (ends.cluster === undefined) return;
  requireServer(ends.warehouse, ends.cluster);
  if (!/^s3:/i.test(ends.lake))
    throw new TailraceError('BAD_CONFIG', `warehouse.cluster is "${ends.cluster}", but the lake ${ends.lake} is a directory`, {
      hint: 'Each node reads the lake by itself: use one on S3. `tailrace lake copy` copies it there.',
    });
}

/** Throws BAD_CONFIG where a cluster is configured and the warehouse is a directory. */
export function requireServer(warehouse: string, cluster: string | undefined): void {
  if (cluster === undefined || /^https?:/i.test(warehouse)) return;
  throw new TailraceError('BAD_CONFIG', `warehouse.cluster is "${cluster}", but the warehouse ${warehouse} is a directory`, {
    hint: 'Give the URL of a node of the cluster as --warehouse.',
  });
}
