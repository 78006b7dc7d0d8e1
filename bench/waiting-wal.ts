import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Command } from './program.ts';
import { script } from './program.ts';
import type { Contender, Run } from './result.ts';
import type { Source } from './source.ts';
import { timedRun } from './timed-run.ts';

/** Names under which the readers that keep nothing stand in every result. */
export const RECVLOGICAL = 'pg_recvlogical';
export const BARE = 'bare paced reader';

/**
 * Readers of the very same WAL that write nothing: Postgres's own client and a bare paced reader of
 * ours.
 */
export class BareReaders {
  readonly #source: Source;
  readonly #floor: Run[] = [];
  readonly #bare: Run[] = [];
  readonly #recvlogical = findRecvlogical();

  constructor(source: Source) {
    this.#source = source;
  }

  /** Reads what waits in the slot of a lake up to `end`, once with each, on copies of the slot. */
  async read(lake: string, end: string): Promise<void> {
    const { url } = this.#source;
    const client = this.#recvlogical;
    if (client !== null)
      this.#floor.push(await this.#onCopy(lake, (slot, publication) => recvlogical(client, { url, slot, publication, end })));
    this.#bare.push(await this.#onCopy(lake, (slot, publication) => script('bare-reader', 'bare-reader.ts', url, slot, publication, end)));
  }

  /** What `ours` is measured against; `starts` read one waiting row. */
  contenders(ours: Contender, starts: BareReaders | null = null): Contender[] {
    const { name: limitOf, amount } = ours;
    return [
      { name: RECVLOGICAL, runs: this.#floor, amount, limitOf, ...(starts === null ? {} : { startUp: starts.#floor }) },
      { name: BARE, runs: this.#bare, amount, limitOf, ...(starts === null ? {} : { startUp: starts.#bare }) },
    ];
  }

  notes(): string[] {
    return this.#recvlogical === null ? ['pg_recvlogical is not here (Debian: postgresql-client); its ratio is missing.'] : [];
  }

  async #onCopy(lake: string, command: (slot: string, publication: string) => Command): Promise<Run> {
    const { slot } = JSON.parse(readFileSync(path.join(lake, 'epoch/1.json'), 'utf8')) as { slot: string };
    const { client, pid } = this.#source;
    const copy = `${slot}_copy`;
    await client.query('select pg_copy_logical_replication_slot($1, $2)', [slot, copy]);
    try {
      return await timedRun([command(copy, slot)], pid);
    } finally {
      await client.query('select pg_drop_replication_slot($1)', [copy]);
    }
  }
}

function recvlogical(client: string, on: { url: string; slot: string; publication: string; end: string }): Command {
  const options = ['-o', 'proto_version=1', '-o', `publication_names="${on.publication}"`];
  const args = ['-d', on.url, '--slot', on.slot, '--start', '--no-loop', '-f', '/dev/null', '--endpos', on.end, ...options];
  return { name: RECVLOGICAL, command: client, args };
}

function findRecvlogical(): string | null {
  const folders = (process.env['PATH'] ?? '').split(':');
  for (const version of ['18', '17', '16', '15', '14']) folders.push(`/usr/lib/postgresql/${version}/bin`);
  return folders.map((folder) => path.join(folder, 'pg_recvlogical')).find((file) => existsSync(file)) ?? null;
}
