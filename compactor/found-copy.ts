import { qualifiedName } from '../core/table.ts';
import { newestBase } from '../lake/bases/newest-base.ts';
import type { ListedCopy, SnapshotLog } from '../lake/snapshot-log.ts';
import type { CompactorContext } from './context.ts';
import type { Generation } from './state/generation.ts';
import { copyingGeneration, generationFromBase } from './state/new-generation.ts';

type FindContext = Pick<CompactorContext, 'bases' | 'baseProof' | 'log' | 'manifests' | 'schemas'>;

/**
 * The generation that begins with a copy that was found: from the newest base of a whole copy that
 * has one, since the copy and the batches before that base may be gone. null: the copy has no plan
 * yet.
 */
export async function foundGeneration(
  { bases, baseProof, log, manifests, schemas }: FindContext,
  copies: SnapshotLog,
  { copy, rebuild }: { readonly copy: ListedCopy; readonly rebuild: number },
): Promise<Generation | null> {
  const base = copy.done ? await newestBase(bases, manifests, copy, baseProof) : null;
  if (base !== null) {
    const { plan } = base;
    const begun = generationFromBase(plan, await schemas.get(plan.tableId, plan.schema), rebuild);
    log.info(
      { table: qualifiedName(begun.schema, begun.name), generation: begun.generation, base: plan.n, manifest: plan.manifest },
      'base found',
    );
    return begun;
  }
  const plan = await copies.plan(copy);
  if (plan === null) return null;
  const { table, generation, consistentPoint } = plan;
  log.info({ table, generation, consistentPoint }, 'copy found');
  return copyingGeneration(plan, await schemas.get(plan.tableId, plan.schema), rebuild);
}
