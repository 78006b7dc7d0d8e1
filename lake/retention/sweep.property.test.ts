import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TailraceError } from '../../core/errors.ts';
import { silentLogger } from '../../core/log.ts';
import { collect } from '../../test/support/collect.ts';
import { dataKey } from '../keys.ts';
import { ManifestLog } from '../manifest-log.ts';
import { MemoryStore } from '../../test/support/memory-store.ts';
import { Sweeper } from './sweep.ts';
import { UnnamedFiles } from '../unnamed-files.ts';

const HOUR = 60 * 60 * 1000;

/** A writer as the replicator is one: it puts files, and names them later by one manifest. */
class TestWriter {
  readonly #world: World;
  readonly #id: string;
  readonly #files: UnnamedFiles;
  readonly #log: ManifestLog;
  #open: string[] = [];
  #seq = 0;
  #last = 0;
  #fenced = false;
  #work: Promise<void> = Promise.resolve();

  constructor(world: World, id: string) {
    this.#world = world;
    this.#id = id;
    this.#files = new UnnamedFiles(world.store, world.time);
    this.#log = new ManifestLog(world.store, silentLogger());
    this.#do(async () => {
      this.#last = (await this.#log.last())?.number ?? 0;
    });
  }

  put(): void {
    this.#do(async () => {
      this.#seq += 1;
      const key = dataKey('1_1', this.#id, this.#seq);
      const put = this.#world.store.put(key, new Uint8Array(1));
      this.#files.add(key, put);
      this.#open.push(key);
      await put;
    });
  }

  publish(): void {
    this.#do(async () => {
      const paths = this.#open.splice(0);
      await this.#files.claim(paths);
      const counts = { rows: 1, bytes: 1, inserts: 1, updates: 0, deletes: 0, truncates: 0, unchanged: 0, keyChanges: 0 };
      const file = { table: 'public.t', tableId: '1_1', schema: 'a', checksum: 'crc32:00000000', ...counts };
      const files = paths.map((path) => ({ path, ...file }));
      const rest = { epoch: 1, writer: this.#id, from: '0/1', to: '0/2', commitTimes: null, heartbeat: files.length === 0, catalog: [] };
      await this.#log.append({ number: this.#last + 1, files, ...rest });
      this.#last += 1;
    });
  }

  /** Resolves when all it was told is done; a writer that was fenced does nothing any more. */
  async done(): Promise<void> {
    await this.#work;
  }

  #do(work: () => Promise<void>): void {
    this.#work = this.#after(this.#work, work);
  }

  async #after(before: Promise<void>, work: () => Promise<void>): Promise<void> {
    await before;
    try {
      if (!this.#fenced) await work();
    } catch (error) {
      if (!(error instanceof TailraceError) || error.code !== 'FENCED') throw error;
      this.#fenced = true;
      await this.#files.close();
    }
  }
}

/** A lake with two sweepers and writers that follow one another, under clocks that step. */
class World {
  #wallMs = 0;
  #elapsedMs = 0;
  #writers = 0;
  readonly time = { wall: () => this.#wallMs, elapsed: () => this.#elapsedMs };
  readonly store = new MemoryStore(() => new Date(this.#wallMs));
  readonly #log = new ManifestLog(this.store, silentLogger());
  readonly #sweepers = [new Sweeper(this.store, this.#log), new Sweeper(this.store, this.#log)];
  readonly #everyone: TestWriter[] = [];
  readonly #sweeping: Promise<unknown>[] = [];

  async run(steps: readonly (readonly [kind: string, n: number])[]): Promise<void> {
    this.#begin();
    for (const [kind, n] of steps) {
      if (kind === 'put') this.#writer(n).put();
      else if (kind === 'publish') this.#writer(n).publish();
      else if (kind === 'take over') this.#begin();
      else if (kind === 'sweep') this.#sweeping.push(this.#sweepers[n % 2]?.sweep(this.#elapsedMs) ?? Promise.resolve());
      else if (kind === 'crash') this.#sweepers[n % 2] = new Sweeper(this.store, this.#log);
      else if (kind === 'step') this.#wallMs += (n - 4) * 12 * HOUR;
      else this.#pass(n * HOUR);
      // Work in progress advances a little, or not at all, before the next step.
      for (let turns = 0; turns < n * 3; turns += 1) await Promise.resolve();
    }
    await Promise.all([...this.#sweeping, ...this.#everyone.map((writer) => writer.done())]);
  }

  #begin(): void {
    this.#writers += 1;
    this.#everyone.push(new TestWriter(this, `a${this.#writers}`));
  }

  #pass(ms: number): void {
    this.#wallMs += ms;
    this.#elapsedMs += ms;
  }

  #writer(n: number): TestWriter {
    const writer = this.#everyone.at(n < 6 ? -1 : -2) ?? this.#everyone[0];
    if (writer === undefined) throw new Error('there is no writer');
    return writer;
  }

  async missing(): Promise<string[]> {
    const there = new Set((await collect(this.store.list('data/'))).map(({ key }) => key));
    const named: string[] = [];
    for (let number = 1; ; number += 1) {
      const manifest = await this.#log.read(number);
      if (manifest === null) return named.filter((path) => !there.has(path));
      named.push(...manifest.files.map(({ path }) => path));
    }
  }
}

test('with any clocks and any takeovers, no object that a manifest names is ever missing', async () => {
  const kind = fc.constantFrom('put', 'put', 'publish', 'publish', 'take over', 'sweep', 'sweep', 'sweep', 'crash', 'step', 'pass', 'pass');
  const steps = fc.array(fc.tuple(kind, fc.integer({ min: 0, max: 9 })), { minLength: 20, maxLength: 80 });
  await fc.assert(
    fc.asyncProperty(steps, async (all) => {
      const world = new World();
      await world.run(all);
      expect(await world.missing()).toEqual([]);
    }),
    { numRuns: 400 },
  );
});
