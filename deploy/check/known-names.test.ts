import { expect, test } from 'vitest';
import { unknownNames } from './known-names.ts';

test('names of the product pass', async () => {
  const text = [
    'TAILRACE_SOURCE_FILE: /run/secrets/source # TAILRACE_CONFIG',
    'npx tailrace replicate --lake s3://a/b --log-level debug && npm run deploy:check',
    './rules.yml and docker/prometheus/rules.yml, /app/warehouse-sql/shop',
    'expr: tailrace_within_sla == 0',
  ].join('\n');
  expect(await unknownNames('docker/prometheus/a.yml', text)).toEqual([]);
});

test('a variable, metric, command, flag, script or path that does not exist is named', async () => {
  const text = [
    'TAILRACE_SOURSE: x',
    'npx tailrace replicat; npx tailrace sql --lake x --rows 3',
    'npm run deploy:chek',
    './rule.yml docker/prometheus/rule.yml /app/nothing',
    'expr: tailrace_within == 0',
  ].join('\n');
  expect(await unknownNames('docker/prometheus/a.yml', text)).toEqual([
    'TAILRACE_SOURSE',
    'tailrace_within',
    'tailrace replicat',
    'tailrace sql --lake',
    'tailrace sql --rows',
    'npm run deploy:chek',
    'docker/prometheus/rule.yml',
    './rule.yml',
    'nothing',
  ]);
});

test('commands of the services of a compose file are commands with their flags', async () => {
  const services = [
    'services:',
    '  a:',
    '    image: tailrace:0.1.0',
    '    command: [monitor, --sla, 1m, --slo, 1m]',
    '  b:',
    '    image: postgres:18.6',
    '    command: [postgres, -c, wal_level=logical]',
  ];
  expect(await unknownNames('docker/a.yml', services.join('\n'))).toEqual(['tailrace monitor --slo']);
});

test('an action whose name begins like a folder is no path, and files that secrets.sh makes need not be there', async () => {
  expect(await unknownNames('.github/workflows/a.yml', 'uses: docker/setup-buildx-action@v3.11.1 # docker/secrets/source_url')).toEqual([]);
});

test('names of databases and users are no metrics', async () => {
  expect(await unknownNames('deploy/terraform/a.tf', 'tailrace_reader')).toEqual([]);
});
