import { badModel } from '../../core/sql-header.ts';
import type { Engine } from '../../warehouse/engine.ts';
import { shownSchema } from '../../warehouse/names.ts';
import { isOurs } from './databases.ts';
import { judgeModels } from './judge-models.ts';
import type { FolderContext } from './judge-models.ts';
import { listFiles, readSqlFile } from './list-files.ts';
import type { FolderFile } from './list-files.ts';
import type { Folder, Model, TestFile } from './model.ts';
import { inOrder } from './order.ts';
import { readModel } from './read-model.ts';
import type { ReadModel } from './read-model.ts';
import { readTestFile } from './read-test-file.ts';

const NAME = /^[A-Za-z_]\w{0,62}$/;
const [TESTS, REPORTS] = ['tests', 'reports'];
/** The check under which tailrace.quality has the results of `verify`. */
const VERIFY = 'verify';

/**
 * Reads all models and tests of DIR; of reports only the names. The engine parses and analyzes the
 * SELECTs; nothing is run.
 * BAD_MODEL, `file:line: what. What to do.`, for the first fault in the order of the file names.
 * What the engine refuses (an unknown table, column or function) is a fault at the start only.
 */
export async function readFolder(directory: string, engine: Pick<Engine, 'query'>, context: FolderContext): Promise<Folder> {
  const files = await listFiles(directory);
  const reports = files.filter(({ folder }) => folder === REPORTS).map(({ file }) => file);
  const models: ReadModel[] = [];
  const tests: (TestFile & { readonly path: string })[] = [];
  for (const file of files.filter(({ folder }) => folder !== REPORTS)) {
    if (!NAME.test(file.name))
      throw badModel(file.path, 1, `"${file.name}" cannot be a name`, 'Use letters, digits and _, and no digit first.');
    if (file.folder === TESTS) {
      if (file.name === VERIFY)
        throw badModel(file.path, 1, `"${VERIFY}" is the name of the results of \`tailrace verify\``, 'Give the test another name.');
      tests.push({ ...(await readTestFile(file, await readSqlFile(file), engine)), path: file.path });
    } else {
      checkDatabase(file, context.databases);
      models.push(await readModel(file, await readSqlFile(file), engine));
    }
  }
  const { ordered, cycle } = inOrder(models);
  if (cycle !== null) throw ring(models, cycle);
  await judgeModels(ordered, tests, engine, context);
  return { directory, models: ordered.map(publicPart), tests, reports };
}

/** Databases of models belong to models alone. */
function checkDatabase({ path, folder }: FolderFile, sources: readonly string[]): void {
  if (!NAME.test(folder))
    throw badModel(path, 1, `"${folder}" cannot be the name of a database`, 'Use letters, digits and _, and no digit first.');
  const why =
    isOurs(folder) || shownSchema(folder) !== folder
      ? 'is used by tailrace or ClickHouse'
      : sources.includes(folder)
        ? 'shows a schema of the source'
        : null;
  if (why !== null) throw badModel(path, 1, `database ${folder} ${why}`, 'Move the model to another folder of DIR.');
}

function ring(models: readonly ReadModel[], cycle: readonly string[]): Error {
  const first = models.find(({ id }) => id === cycle[0]);
  return badModel(first?.path ?? '', first?.lines.select ?? 1, `models read each other: ${cycle.join(' → ')}`, 'Break the ring.');
}

function publicPart({ path: _path, lines: _lines, functions: _functions, ...model }: ReadModel): Model {
  return model;
}
