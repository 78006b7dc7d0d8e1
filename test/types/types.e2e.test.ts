import { expect, test } from 'vitest';
import { type TestDatabase, createDatabase } from '../support/postgres.ts';
import { connectApplication, connectJudge } from './judge-client.ts';
import type { Judge, Source } from './judge.ts';
import { type JudgedPipeline, startJudged, startTextCopies } from './judged-pipeline.ts';
import { keysJudge } from './keys-judge.ts';
import { namesJudge } from './names-judge.ts';
import { SCALE, report } from './scale.ts';
import { valuesJudge } from './values-judge.ts';

/**
 * Waits until the warehouse has everything, then fails with every difference that a judge finds.
 */
async function expectSame(judges: readonly Judge[], source: Source, pipeline: JudgedPipeline): Promise<void> {
  await pipeline.settle();
  for (const judge of judges) {
    const { cells, differences } = await judge.compare(source, pipeline.endpoint);
    expect(differences, `seed ${SCALE.seed}: ${judge.claim}`).toEqual([]);
    report({ types: 0, values: 0, comparisons: cells });
  }
}

interface Run {
  readonly claim: string;
  readonly way: string;
  readonly judges: readonly Judge[];
  readonly start: (database: TestDatabase) => Promise<JudgedPipeline>;
  readonly rounds: number;
}

function runs(): Run[] {
  const all = [valuesJudge(), keysJudge(), namesJudge()].filter((judge) => judge.judged().values > 0);
  const streamed = { way: 'copied and streamed', start: startJudged, rounds: Number.MAX_SAFE_INTEGER };
  // Starting the processes costs more than the short set itself, so that it shares them.
  if (!SCALE.full) return [{ ...streamed, claim: 'values of all types, keys and names arrive as they are', judges: all }];
  const each = all.map((judge) => ({ ...streamed, claim: judge.claim, judges: [judge] }));
  const copied = all
    .slice(0, 1)
    .map((judge) => ({ claim: judge.claim, judges: [judge], way: 'copied as text', start: startTextCopies, rounds: 0 }));
  return [...each, ...copied];
}

test.each(runs())('$claim, $way', { timeout: SCALE.timeoutMs }, async ({ judges, start, rounds }) => {
  await using database = await createDatabase();
  await using application = await connectApplication(database.url);
  await using exact = await connectJudge(database.url);
  const source = { application, exact };
  for (const judge of judges) await judge.prepare(source);
  await using pipeline = await start(database);
  await expectSame(judges, source, pipeline);
  for (let round = 1; round <= rounds && judges.some((judge) => judge.rounds >= round); round += 1) {
    for (const judge of judges) if (judge.rounds >= round) await judge.change(source, round);
    await expectSame(judges, source, pipeline);
  }
  for (const judge of judges) report({ ...judge.judged(), comparisons: 0 });
});
