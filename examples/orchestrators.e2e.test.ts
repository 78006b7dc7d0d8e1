import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { createPipeline } from '../test/support/pipeline.ts';
import type { Pipeline } from '../test/support/pipeline.ts';
import { createDatabase } from '../test/support/postgres.ts';
import { PROGRAM } from '../test/support/servers/program.ts';

const run = promisify(execFile);

const SCHEMA = `
  create table orders (id int primary key, customer int not null, total int not null);
  insert into orders select g, g % 10, g from generate_series(1, 300) g;
`;
const MODEL = `-- A customer with orders.
-- @kind table
-- @every 1d
-- @test unique customer
SELECT customer, count() AS orders, sum(total) AS total FROM public.orders GROUP BY customer
`;

/** Has an environment of Python for each; without it they are sought on the PATH. */
const ENVIRONMENTS = process.env['TEST_ORCHESTRATORS'];

interface Orchestrator {
  /** Commands that run the job once, to its end. */
  readonly commands: readonly (readonly string[])[];
  readonly environment: (folder: string) => Record<string, string>;
}

const ORCHESTRATORS: Record<string, Orchestrator> = {
  airflow: {
    commands: [
      ['db', 'migrate'],
      ['dags', 'test', 'nightly'],
    ],
    environment: (folder) => ({
      AIRFLOW_HOME: path.join(folder, 'airflow'),
      AIRFLOW__CORE__DAGS_FOLDER: path.join(import.meta.dirname, 'airflow'),
      AIRFLOW__CORE__LOAD_EXAMPLES: 'False',
    }),
  },
  dagster: {
    commands: [['job', 'execute', '-f', path.join(import.meta.dirname, 'dagster/nightly.py'), '-j', 'nightly']],
    environment: (folder) => ({ DAGSTER_HOME: folder, DAGSTER_DISABLE_TELEMETRY: 'yes' }),
  },
};

/** Path of an orchestrator's program; undefined: it is not installed. */
function programOf(name: string): string | undefined {
  const folders = ENVIRONMENTS === undefined ? (process.env['PATH'] ?? '').split(path.delimiter) : [path.join(ENVIRONMENTS, name, 'bin')];
  return folders.map((folder) => path.join(folder, name)).find((file) => existsSync(file));
}

/** What the job left: the rows of the export, of the freeze, and of the model. */
async function left(pipeline: Pipeline): Promise<Record<string, unknown>> {
  const files = readdirSync(path.join(pipeline.folder, 'exports', 'marts.orders_per_customer')).filter((name) => name === 'latest.json');
  return {
    files,
    frozen: await pipeline.query('SELECT count() FROM nightly_public.orders'),
    built: await pipeline.query('SELECT count(), sum(total) FROM marts.orders_per_customer'),
  };
}

describe.each(Object.entries(ORCHESTRATORS))('%s', (name, orchestrator) => {
  const program = programOf(name);
  test.skipIf(program === undefined)(
    `a night of ${name} leaves a freeze, a tested model and its files`,
    async () => {
      await using source = await createDatabase();
      await source.query(SCHEMA);
      await using pipeline = createPipeline({ source: source.url });
      const { folder, lake, warehouse } = pipeline;
      mkdirSync(path.join(folder, 'models/marts'), { recursive: true });
      writeFileSync(path.join(folder, 'models/marts/orders_per_customer.sql'), MODEL);
      const places = `source: ${source.url}\nlake: ${lake}\nwarehouse: ${warehouse}\n`;
      const config = path.join(folder, 'tailrace.yaml');
      writeFileSync(config, `${places}models: ${folder}/models\n`);
      const product = pipeline.start(['run', '--sql-port', '0', '--http-port', '0', '--config', config]);
      await product.event('ready');
      const night = async (): Promise<void> => {
        for (const command of orchestrator.commands)
          await run(program ?? name, [...command], {
            cwd: folder,
            maxBuffer: 1 << 28,
            env: {
              ...process.env,
              ...orchestrator.environment(folder),
              TAILRACE: `${process.execPath} ${PROGRAM}`,
              TAILRACE_FOLDER: folder,
              TAILRACE_CONFIG: config,
              EXPORTS: path.join(folder, 'exports'),
            },
          });
      };
      await night();
      expect(await left(pipeline)).toEqual({ files: ['latest.json'], frozen: '300', built: '10\t45150' });
      await source.query('insert into orders select g, g, 1 from generate_series(301, 310) g');
      await night();
      expect(await left(pipeline)).toEqual({ files: ['latest.json'], frozen: '310', built: '20\t45160' });
    },
    600_000,
  );
});
