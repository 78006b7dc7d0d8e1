import fc from 'fast-check';
import { expect, test } from 'vitest';
import { assemblyBench, readPart, testRelation, testTable } from '../../test/support/pgoutput/assembled.ts';
import type { ReadPart } from '../../test/support/pgoutput/assembled.ts';
import { UNCHANGED, message } from '../../test/support/pgoutput/pgoutput-writer.ts';
import type { Cell } from '../../test/support/pgoutput/pgoutput-writer.ts';
import { applyFile } from '../../test/support/pgoutput/stream-state.ts';
import type { TableState } from '../../test/support/pgoutput/stream-state.ts';

const TABLE = testTable(10, [{ name: 'id' }, { name: 'note' }, { name: 'body' }], { key: ['id'] });

interface Row {
  readonly note: string | null;
  readonly body: string | null;
}
type State = Map<string, Row>;

const step = fc.record({
  kind: fc.constantFrom('write', 'write', 'rekey', 'rekey', 'delete', 'truncate', 'commit', 'cut', 'spill'),
  key: fc.integer({ min: 0, max: 5 }),
  to: fc.integer({ min: 0, max: 5 }),
  note: fc.option(fc.string({ maxLength: 4 }), { nil: null }),
  body: fc.option(fc.string({ maxLength: 4 }), { nil: null }),
  sendsBody: fc.boolean(),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/**
 * What a server would send for a step, and what the table is after it; null: the step does nothing.
 */
function play(model: State, { kind, key: keyNumber, to: toNumber, note, body, sendsBody }: Step): Buffer | null {
  const [key, to] = [`k${keyNumber}`, `k${toNumber}`];
  const row = model.get(key);
  const sent = (id: string, value: string | null): Cell[] => [id, note, sendsBody || value === null ? value : UNCHANGED];
  if (kind === 'truncate') {
    model.clear();
    return message.truncate([10]);
  }
  if (kind === 'write' && row === undefined) {
    model.set(key, { note, body });
    return message.insert(10, [key, note, body]);
  }
  if (row === undefined) return null;
  if (kind === 'delete') {
    model.delete(key);
    return message.delete(10, 'K', [key, null, null]);
  }
  const after: Row = { note, body: sendsBody ? body : row.body };
  if (kind === 'write') {
    model.set(key, after);
    return message.update(10, sent(key, after.body));
  }
  if (kind !== 'rekey' || key === to || model.has(to)) return null;
  model.delete(key);
  model.set(to, after);
  return message.update(10, sent(to, after.body), { kind: 'K', row: [key, null, null] });
}

test('any sequence of transactions, cut and written anywhere, gives files from which the rows of the source follow', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const bench = assemblyBench([TABLE]);
      bench.feed(message.relation(testRelation(TABLE)));
      const model: State = new Map();
      const files: ReadPart[] = [];
      let end = 100n;
      const begin = (): void => bench.feed(message.begin(end, 0n, 1));
      const commit = (): void => {
        bench.feed(message.commit(end, end + 10n, 0n));
        end += 10n;
      };
      begin();
      for (const next of steps) {
        const written = files.length;
        if (next.kind === 'commit' || next.kind === 'cut') {
          commit();
          if (next.kind === 'cut') files.push(...bench.batch.take().parts.map(readPart));
          begin();
        } else if (next.kind === 'spill') {
          bench.batch.spill((part) => {
            files.push(readPart(part));
            return new Promise(() => undefined);
          });
        } else {
          const change = play(model, next);
          if (change !== null) bench.feed(change);
        }
        expect(files.length - written).toBeLessThanOrEqual(1);
      }
      commit();
      files.push(...bench.batch.take().parts.map(readPart));

      const state: TableState = new Map();
      for (const { rows } of files) applyFile(state, rows, { columns: ['id', 'note', 'body'], key: ['id'] });
      expect(state).toEqual(new Map([...model].map(([id, row]) => [id, { id, ...row }])));
      const versions = files.flatMap(({ rows }) =>
        rows.map((row) => `${(row['_tr_commit_lsn'] ?? '').padStart(9)}/${(row['_tr_ordinal'] ?? '').padStart(9)}`),
      );
      expect(versions).toEqual([...new Set(versions)].toSorted());
      for (const { part } of files) {
        const { inserts, updates, deletes, truncates, keyChanges } = part.counts;
        expect(inserts + updates + deletes + truncates + keyChanges).toBe(part.rows);
      }
    }),
    { numRuns: 200 },
  );
});
