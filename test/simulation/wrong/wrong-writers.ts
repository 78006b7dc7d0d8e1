import { FactsStore } from '../../../replicator/catalog/facts-store.ts';
import type { FactsObject } from '../../../replicator/catalog/stored-facts.ts';
import { MemoryStore } from '../../support/memory-store.ts';
import { insist } from '../simulated-process.ts';
import type { Role } from '../simulated-process.ts';
import { writer } from '../writer.ts';

/** It stores what it knew about the source after the manifest that names it. */
export const writeFactsLate: Role = writer(({ manifests, factsStore }) => {
  const elsewhere = new FactsStore(new MemoryStore());
  let waiting: FactsObject | null = null;
  return {
    factsStore: {
      put: async (facts, number) => {
        waiting = facts;
        return elsewhere.put(facts, number);
      },
    },
    manifests: {
      append: async (manifest) => {
        const hash = await manifests.append(manifest);
        const facts = waiting;
        if (facts !== null) await insist(() => factsStore.put(facts, manifest.number));
        return hash;
      },
    },
  };
});
