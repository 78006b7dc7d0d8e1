import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TailraceError } from '../../core/errors.ts';
import { silentLogger } from '../../core/log.ts';
import { MemoryStore } from '../../test/support/memory-store.ts';
import { heartbeat } from '../../test/support/pages/paged-lake.ts';
import { ManifestLog } from '../manifest-log.ts';
import type { Manifest } from '../manifest.ts';
import { PageKeeper } from './page-keeper.ts';

const HOUR = 3_600_000;
const PAGE_SIZE = 3;

interface TestWriter {
  readonly id: string;
  readonly log: ManifestLog;
  last: Manifest | null;
}

/** A lake with two keepers, writers that follow one another or wake late, and a reader. */
class World {
  /** The manifests whose writers were told that they are stored. */
  readonly told = new Map<number, string>();
  /** The manifests that the reader has seen. */
  readonly seen = new Map<number, string>();
  #wallMs = 0;
  #elapsedMs = 0;
  readonly #time = { wall: () => this.#wallMs, elapsed: () => this.#elapsedMs };
  readonly store = new MemoryStore(() => new Date(this.#wallMs));
  readonly #reading = this.newLog();
  readonly #writers: TestWriter[] = [];
  #keepers = [this.#newKeeper(), this.#newKeeper()];
  readonly #work: Promise<void>[] = [];
  readonly #busy = new Set<string>();
  #next = 1;

  async run(steps: readonly (readonly [kind: string, n: number])[]): Promise<void> {
    await this.#begin();
    for (const [kind, n] of steps) {
      if (kind === 'append') this.#do(this.#writer(n).id, () => this.#append(this.#writer(n)));
      else if (kind === 'take over') await this.#begin();
      else if (kind === 'read') this.#do('reader', () => this.#read());
      else if (kind === 'keep') this.#do(`keeper ${n % 2}`, async () => void (await this.#keepers[n % 2]?.turn()));
      else if (kind === 'crash') this.#keepers = [this.#newKeeper(), ...this.#keepers.slice(0, 1)];
      else if (kind === 'step') this.#wallMs += (n - 4) * 12 * HOUR;
      else this.#pass(n < 5 ? n * 1_500 : n * HOUR);
      // Work in progress advances a little, or not at all, before the next step.
      for (let turns = 0; turns < n * 3; turns += 1) await Promise.resolve();
    }
    await Promise.all(this.#work);
  }

  newLog(): ManifestLog {
    return new ManifestLog(this.store, silentLogger(), null, { time: this.#time, pageSize: PAGE_SIZE });
  }

  #newKeeper(): PageKeeper {
    const [store, time, log] = [this.store, this.#time, silentLogger()];
    return new PageKeeper({ store, manifests: this.newLog(), log, graceMs: 24 * HOUR, time, pageSize: PAGE_SIZE });
  }

  /** A writer that continues the lake as it is now. */
  async #begin(): Promise<void> {
    const log = this.newLog();
    this.#writers.push({ id: `a${this.#writers.length}`, log, last: await log.last() });
  }

  /** The newest writer, or one that has slept. */
  #writer(n: number): TestWriter {
    const writer = this.#writers.at(n < 7 ? -1 : n % this.#writers.length);
    if (writer === undefined) throw new Error('there is no writer');
    return writer;
  }

  async #append(writer: TestWriter): Promise<void> {
    const number = (writer.last?.number ?? 0) + 1;
    const manifest = heartbeat(number, { writer: writer.id });
    try {
      await writer.log.append(manifest);
    } catch (error) {
      if (!(error instanceof TailraceError) || error.code !== 'FENCED') throw error;
      // One that is fenced wakes again with what it knew, as a zombie may.
      return;
    }
    writer.last = manifest;
    const other = this.told.get(number) ?? writer.id;
    if (other !== writer.id) throw new Error(`${writer.id} and ${other} were both told that manifest ${number} is theirs`);
    this.told.set(number, writer.id);
  }

  async #read(): Promise<void> {
    const found = await this.#reading.read(this.#next);
    if (found === null) return this.#reading.requireNoHole(this.#next);
    this.seen.set(this.#next, found.writer);
    this.#next += 1;
  }

  #do(who: string, work: () => Promise<void>): void {
    if (this.#busy.has(who)) return;
    this.#busy.add(who);
    this.#work.push(work().finally(() => this.#busy.delete(who)));
  }

  #pass(ms: number): void {
    this.#wallMs += ms;
    this.#elapsedMs += ms;
  }
}

test('with any keepers, late writers and readers, each number is one manifest for ever', async () => {
  const kind = fc.constantFrom(
    'append',
    'append',
    'append',
    'append',
    'read',
    'read',
    'keep',
    'keep',
    'pass',
    'pass',
    'step',
    'take over',
    'crash',
  );
  const steps = fc.array(fc.tuple(kind, fc.integer({ min: 0, max: 9 })), { minLength: 30, maxLength: 120 });
  await fc.assert(
    fc.asyncProperty(steps, async (all) => {
      const world = new World();
      await world.run(all);
      const log = world.newLog();
      const last = await log.last();
      expect(last?.number ?? 0).toBe(Math.max(0, ...world.told.keys()));
      for (let number = 1; number <= (last?.number ?? 0); number += 1) {
        const writer = (await log.read(number))?.writer;
        expect([number, writer]).toEqual([number, world.told.get(number)]);
        expect([number, writer]).toEqual([number, world.seen.get(number) ?? writer]);
      }
    }),
    { numRuns: 200 },
  );
});
