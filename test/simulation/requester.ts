import { forgetRequest, putRequest, readStage } from '../../lake/control.ts';
import { controlKey } from '../../lake/keys.ts';
import { tableName } from './lake-parts.ts';
import type { ObjectStore } from '../../lake/store/object-store.ts';
import { insist, rest } from './simulated-process.ts';
import type { SimulatedProcess } from './simulated-process.ts';
import { writerId } from './writer.ts';

/** Asks for copies of tables, one after the other, and waits for each answer. */
export async function ask(process: SimulatedProcess): Promise<void> {
  const { store, random, time } = process;
  for (let asked = 1; ; asked += 1) {
    process.progress();
    await rest(process, 300);
    const { tableIds } = process.world.source;
    if (tableIds.length === 0) continue;
    const tableId = random.pick(tableIds);
    const nonce = writerId(process.name, asked).slice(0, 12);
    const request = { kind: 'resync' as const, table: tableName(tableId), tableId, reason: 'asked for' };
    const id = await insist(() => putRequest(store, request, new Date(time.wall()), nonce));
    while (await isOpen(store, id)) await rest(process, 40);
    await insist(() => forgetRequest(store, id));
  }
}

/** False when it was answered, also if request and answer are swept by now. */
async function isOpen(store: ObjectStore, id: string): Promise<boolean> {
  if ((await insist(() => readStage(store, { id, stage: 'done' }))) !== null) return false;
  return (await insist(() => store.head(controlKey(id)))) !== null;
}
