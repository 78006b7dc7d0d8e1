import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TailraceError } from '../../core/errors.ts';
import { silentLogger } from '../../core/log.ts';
import { FactsStore } from '../../replicator/catalog/facts-store.ts';
import { encodeFacts } from '../../replicator/catalog/stored-facts.ts';
import type { SourceFacts } from '../../replicator/catalog/stored-facts.ts';
import { MemoryStore } from '../../test/support/memory-store.ts';
import { heartbeat } from '../../test/support/pages/paged-lake.ts';
import { ManifestLog } from '../manifest-log.ts';
import type { StoredManifest } from '../manifest.ts';
import { sweepFacts } from './old-facts.ts';

const DAY = 86_400_000;

interface TestWriter {
  readonly facts: FactsStore;
  readonly log: ManifestLog;
  last: Pick<StoredManifest, 'number' | 'hash'> | null;
}

/** Facts of three tables, which are often as they were before. */
function factsOf(n: number): SourceFacts {
  const of = { schema: 'a', storage: [], labels: {}, versions: {}, aheadTo: '0/0', truncatedBy: [] };
  const tables = [n % 2, Math.floor(n / 2) % 2, 7].map((maxAttnum, index) => ({ tableId: `${index}_1`, maxAttnum, ...of }));
  return { timeline: 1 + Math.floor(n / 8), publications: [], gone: [], tables };
}

/** Writers that follow one another or wake late, and two sweepers. The store's clock may step. */
class World {
  #nowMs = 30 * DAY;
  readonly store = new MemoryStore(() => new Date(this.#nowMs));
  readonly log = new ManifestLog(this.store, silentLogger());
  readonly #perTable: boolean;
  readonly #writers: TestWriter[] = [];
  readonly #work: Promise<void>[] = [];
  readonly #busy = new Set<unknown>();

  constructor(perTable: boolean) {
    this.#perTable = perTable;
  }

  async run(steps: readonly (readonly [kind: string, n: number])[]): Promise<void> {
    await this.#begin();
    for (const [kind, n] of steps) {
      const writer = this.#writers.at(n < 7 ? -1 : n % this.#writers.length);
      if (kind === 'publish' && writer !== undefined) this.#do(writer, () => this.#publish(writer, n));
      else if (kind === 'take over') await this.#begin();
      else if (kind === 'sweep')
        this.#do(n % 2, async () => void (await sweepFacts(this.store, { manifests: this.log, nowMs: this.#nowMs })));
      else this.#nowMs += kind === 'step' ? (n - 5) * 4 * DAY : n * DAY;
      // Work in progress advances a little, or not at all, before the next step.
      for (let turns = 0; turns < n * 4; turns += 1) await Promise.resolve();
    }
    await Promise.all(this.#work);
  }

  /** Whether the facts of a manifest can be read whole. */
  async hasFacts(number: number): Promise<boolean> {
    const key = (await this.log.read(number))?.facts ?? '';
    return new FactsStore(this.store).get(key).then(
      () => true,
      () => false,
    );
  }

  async #begin(): Promise<void> {
    const log = new ManifestLog(this.store, silentLogger());
    const last = await log.last();
    // Lakes get the feature at some moment.
    const perTable = this.#perTable || this.#writers.length > 1;
    this.#writers.push({ log, last, facts: new FactsStore(this.store, { last, perTable: async () => perTable }) });
  }

  async #publish(writer: TestWriter, n: number): Promise<void> {
    const number = (writer.last?.number ?? 0) + 1;
    const facts = await writer.facts.put(encodeFacts(factsOf(n)), number);
    try {
      const hash = await writer.log.append({ ...heartbeat(number, { previous: writer.last?.hash }), facts });
      writer.last = { number, hash };
    } catch (error) {
      // It wakes again with what it knew, as a zombie may.
      if (!(error instanceof TailraceError) || error.code !== 'FENCED') throw error;
    }
  }

  #do(who: unknown, work: () => Promise<void>): void {
    if (this.#busy.has(who)) return;
    this.#busy.add(who);
    this.#work.push(work().finally(() => this.#busy.delete(who)));
  }
}

const kind = fc.constantFrom('publish', 'publish', 'publish', 'publish', 'sweep', 'sweep', 'pass', 'step', 'take over');
const steps = fc.array(fc.tuple(kind, fc.integer({ min: 0, max: 15 })), { minLength: 20, maxLength: 100 });

test('with any writers, sweepers and clocks, the newest manifest has its facts', async () => {
  await fc.assert(
    fc.asyncProperty(steps, fc.boolean(), async (all, perTable) => {
      const world = new World(perTable);
      await world.run(all);
      const last = (await world.log.last())?.number ?? 0;
      if (last > 0) expect(await world.hasFacts(last)).toBe(true);
    }),
    { numRuns: 300 },
  );
});

test('facts of the last seven days stay, earlier ones go, and so do those that no manifest ever named', async () => {
  const store = new MemoryStore(() => new Date(nowMs));
  let nowMs = 0;
  const log = new ManifestLog(store, silentLogger());
  const facts = new FactsStore(store);
  const keys: string[] = [];
  for (let number = 1; number <= 20; number += 1) {
    nowMs = number * DAY;
    keys.push(await facts.put(encodeFacts(factsOf(number)), number));
    await log.append({ ...heartbeat(number), facts: keys.at(-1) });
  }
  const late = new FactsStore(store);
  const unnamed = [await late.put(encodeFacts(factsOf(30)), 20), await late.put(encodeFacts(factsOf(40)), 3)];
  expect(await sweepFacts(store, { manifests: log, nowMs })).toBeGreaterThan(10);
  const stored = async (key: string): Promise<boolean> => (await store.head(key)) !== null;
  for (const [index, key] of keys.entries()) expect([index + 1, await stored(key)]).toEqual([index + 1, index + 1 >= 13]);
  for (let number = 13; number <= 20; number += 1) await new FactsStore(store).get(keys[number - 1] ?? '');
  expect(await Promise.all(unnamed.map(stored))).toEqual([true, false]);
  expect(await sweepFacts(store, { manifests: log, nowMs })).toBe(0);
  nowMs += 30 * DAY;
  await sweepFacts(store, { manifests: log, nowMs });
  expect(await stored(unnamed[0] ?? '')).toBe(false);
  await new FactsStore(store).get(keys.at(-1) ?? '');
});
