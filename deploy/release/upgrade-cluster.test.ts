import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { scratch } from '../../test/support/scratch.ts';

const SCRIPT = path.join(import.meta.dirname, 'upgrade-cluster.sh');

/** Runs the script with a helm and a kubectl that note how they were called; one call may fail. */
async function upgrade(fails: string): Promise<{ code: number | null; calls: string[]; keyLeft: boolean }> {
  await using folder = await scratch('tailrace-cluster');
  const calls = path.join(folder.path, 'calls');
  for (const program of ['helm', 'kubectl']) {
    const text = `#!/bin/sh\necho "$(cat "$KUBECONFIG") $KUBECONFIG ${program} $*" >>'${calls}'\ncase "$*" in ${fails}) exit 1 ;; esac\n`;
    writeFileSync(path.join(folder.path, program), text, { mode: 0o755 });
  }
  const { status } = spawnSync('bash', [SCRIPT, 'staging'], {
    env: {
      PATH: `${folder.path}:${process.env['PATH']}`,
      KUBECONFIG_TEXT: 'key',
      IMAGE_REPOSITORY: 'registry.example/owner',
      HELM_FLAGS: '--set lake.region=eu-central-1',
    },
  });
  const lines = readFileSync(calls, 'utf8').trim().split('\n');
  const [, key = ''] = lines[0]?.split(' ') ?? [];
  return { code: status, calls: lines.map((line) => line.replace(`key ${key} `, '')), keyLeft: existsSync(key) };
}

test('a cluster is upgraded, awaited and verified, and its key does not stay', async () => {
  expect(await upgrade('nothing')).toEqual({
    code: 0,
    keyLeft: false,
    calls: [
      'helm upgrade --install tailrace deploy/helm/tailrace --namespace tailrace --set environment=staging --set image.repository=registry.example/owner/tailrace-slim --set lake.region=eu-central-1',
      ...['replicate', 'snapshot', 'monitor'].map(
        (role) => `kubectl rollout status deployment/tailrace-${role} --namespace tailrace --timeout 10m`,
      ),
      ...['await --now --timeout 10m', 'status', 'verify'].map(
        (command) => `kubectl exec deployment/tailrace-monitor --namespace tailrace --container monitor -- tailrace ${command}`,
      ),
    ],
  });
});

test.each(['*upgrade*', '*rollout*snapshot*', '*await*', '*tailrace?status', '*verify'])(
  'an upgrade in which %s fails is a failure',
  async (fails) => {
    expect(await upgrade(fails)).toMatchObject({ code: 1, keyLeft: false });
  },
);
