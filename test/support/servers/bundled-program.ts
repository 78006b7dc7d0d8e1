import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { rolldown } from 'rolldown';
import type { Plugin } from 'rolldown';

const ROOT = path.join(import.meta.dirname, '../../..');
/** The program, and what it starts by the place of the file that starts it. */
const ENTRIES = ['cli/main', 'cli/role-process', 'warehouse/engine-child'];
const STARTERS = ['cli/run/role-host.ts', 'warehouse/engine-process.ts'];
/** Packages that look for files beside themselves. */
const WITH_FILES = /^(chdb|pino|pino-pretty|thread-stream)$/;

/** A bundled program has its sources compiled there, as a checkout has them. */
export const COMPILED = 'node_modules/.cache/tailrace';

/**
 * Writes the program of this checkout into a folder as few files, packages included, and returns
 * its path. A start loads hundreds of modules, which takes more than half of its time; the tests
 * start some thousand processes.
 */
export async function bundleProgram(folder: string): Promise<string> {
  const dist = path.join(folder, 'dist');
  await using bundle = await rolldown({
    cwd: ROOT,
    input: Object.fromEntries(ENTRIES.map((entry) => [entry, path.join(ROOT, `${entry}.ts`)])),
    platform: 'node',
    plugins: [placed(dist)],
    logLevel: 'silent',
  });
  await bundle.write({ dir: dist, format: 'esm', entryFileNames: '[name].js', sourcemap: false });
  const program = path.join(folder, 'bin/tailrace.js');
  await mkdir(path.dirname(program), { recursive: true });
  const launcher = await readFile(path.join(ROOT, 'bin/tailrace.js'), 'utf8');
  await writeFile(program, launcher.replace(/^.*(?=keepStripped\(\);$)/m, '  '));
  await copyFile(path.join(ROOT, 'package.json'), path.join(folder, 'package.json'));
  return program;
}

/**
 * Each file looks for pages, SQL and packages where its source is, and for the files of other
 * processes in the folder.
 */
function placed(dist: string): Plugin {
  return {
    name: 'placed',
    async resolveId(name, importer) {
      if (!WITH_FILES.test(name)) return null;
      const found = await this.resolve(name, importer, { skipSelf: true });
      return found === null ? null : { id: pathToFileURL(found.id).href, external: true };
    },
    transform(code, id) {
      const file = path.relative(ROOT, id);
      if (file.startsWith('node_modules') || !code.includes('import.meta.url')) return null;
      const place = STARTERS.includes(file) ? path.join(dist, file.replace(/\.ts$/, '.js')) : id;
      return { code: code.replaceAll('import.meta.url', JSON.stringify(pathToFileURL(place).href)) };
    },
  };
}
