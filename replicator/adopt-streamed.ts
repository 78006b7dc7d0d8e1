import type { FileEntry } from '../lake/manifest.ts';
import { QUIET_MESSAGE } from '../postgres/session/system.ts';
import type { Assembler } from './rows/assemble.ts';
import type { CatalogWatch } from './catalog/catalog-watch.ts';
import { NotInProgress } from './rows/not-in-progress.ts';
import type { OpenBatch } from './rows/open-batch.ts';
import { samePlan } from './rows/relation-plan.ts';
import type { StreamedTransaction } from './rows/streamed-transaction.ts';
import type { Commit } from './rows/transaction.ts';
import type { TablePart } from './rows/table-part.ts';

/** Where a committed transaction goes. */
export interface Adopting {
  readonly watch: CatalogWatch;
  readonly assembler: Assembler;
  readonly batch: OpenBatch;
  readonly hear: (content: string) => void;
  readonly write: (part: TablePart) => Promise<FileEntry>;
}

/**
 * Puts a transaction that arrived while it ran into the batch, at the place of its commit. The
 * catalog shows it now, so each of its relations is explained like any other: the server will not
 * send them again. NotInProgress if its rows would have been read differently. Nothing may be read
 * from the stream during this.
 */
export async function adoptStreamed(transaction: StreamedTransaction, commit: Commit, into: Adopting): Promise<void> {
  const { watch, assembler, batch, hear, write } = into;
  if (transaction.doubtful) throw new NotInProgress(transaction.xid, 'it changed keys, and part of it was rolled back');
  for (const [oid, { relation, files }] of transaction.relations) {
    const foreseen = files?.plan ?? null;
    const plan = await watch.relation(relation, commit.commitLsn);
    const same = plan === null || foreseen === null ? plan === foreseen : samePlan(plan, foreseen);
    if (!same) throw new NotInProgress(transaction.xid, `${relation.schema}.${relation.name} is read differently after its commit`);
    assembler.setPlan(oid, plan);
  }
  // Files are applied in the order of the manifest, which is the order of commits.
  batch.spill(write);
  batch.adopt(transaction.commit(commit, write));
  for (const content of transaction.said) {
    if (content !== QUIET_MESSAGE) batch.urge();
    hear(content);
  }
  batch.commit(commit.endLsn, commit.commitTimeUs, transaction.anchor(commit));
  assembler.stream.adopted();
}
