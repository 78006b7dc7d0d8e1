import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { silentLogger } from '../../../core/log.ts';
import type { ClonedTable } from '../../../lake/control-stage.ts';
import { MemoryStore } from '../memory-store.ts';
import { connect } from '../../../postgres/session/connect.ts';
import type { VerifyReport } from '../../../verifier/report.ts';
import { verify } from '../../../verifier/verify.ts';
import type { VerifyOptions } from '../../../verifier/verify.ts';
import { EmbeddedEngine } from '../../../warehouse/embedded-engine.ts';
import { holdOnce } from './holding-compactor.ts';
import { createDatabase } from '../postgres.ts';
import type { TestDatabase } from '../postgres.ts';
import { copyToWarehouse } from './warehouse-table.ts';

/** A source, an engine, and copies of tables in it that stand for a compactor's clones. */
export interface VerifyBench extends AsyncDisposable {
  readonly database: TestDatabase;
  readonly engine: EmbeddedEngine;
  /** Copies tables (`schema.table`) as they are now. */
  readonly copied: (...tables: string[]) => Promise<ClonedTable[]>;
  /** Verifies against these clones; `atPoint` happens after the point was taken. */
  readonly verify: (
    clones: ClonedTable[],
    options?: Partial<VerifyOptions> & { atPoint?: () => Promise<unknown> },
  ) => Promise<VerifyReport>;
}

export async function verifyBench(): Promise<VerifyBench> {
  const database = await createDatabase();
  const source = await connect({ url: database.url });
  const folder = mkdtempSync(path.join(os.tmpdir(), 'tailrace-verify-'));
  const engine = await EmbeddedEngine.open({ directory: path.join(folder, 'warehouse'), log: silentLogger() });
  return {
    database,
    engine,
    async copied(...tables) {
      const clones: ClonedTable[] = [];
      for (const table of tables) clones.push(await copyToWarehouse({ source, engine, folder }, table));
      return clones;
    },
    async verify(clones, { atPoint, ...options } = {}) {
      const store = new MemoryStore();
      const held = holdOnce(store, async () => {
        await atPoint?.();
        return clones;
      });
      try {
        return await verify({ source: { url: database.url }, store, engine, tables: null, log: silentLogger(), ...options });
      } finally {
        await held;
      }
    },
    async [Symbol.asyncDispose]() {
      await engine.close();
      await source.close();
      await database[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
