import type { FactsObject } from '../../replicator/catalog/facts-store.ts';
import { insist } from './simulated-process.ts';
import type { Role } from './simulated-process.ts';
import { writer } from './writer.ts';

/** It stores what it knew about the source after the manifest that names it. */
export const writeFactsLate: Role = writer(({ manifests, factsStore }) => {
  let waiting: FactsObject | null = null;
  return {
    factsStore: {
      put: async (facts) => {
        waiting = facts;
      },
    },
    manifests: {
      append: async (manifest) => {
        const hash = await manifests.append(manifest);
        const facts = waiting;
        if (facts !== null) await insist(() => factsStore.put(facts));
        return hash;
      },
    },
  };
});
