import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { ROOT } from '../../docs/pages.ts';
import { ComposeNodes } from '../support/cluster/compose-nodes.ts';
import { playTroubles } from './play-troubles.ts';
import type { PlayOptions } from './play-troubles.ts';
import { TROUBLES } from './troubles.ts';
import type { Scene } from './troubles.ts';

const file = parse(readFileSync(join(ROOT, 'docker/cluster.yml'), 'utf8'), { merge: true }) as { services: object; networks: object };

/** A Docker that does what it is told at once, and what it was told. */
function standIn(): { scene: Scene; told: string[] } {
  const told: string[] = [];
  const states = new Map<string, string>();
  const nodes = new ComposeNodes((args) => {
    const [verb = '', ...rest] = args.slice(args[0] === 'compose' ? args.indexOf('grown') + 1 : 0);
    const named = rest.findLast((one) => /^(?:tailrace-cluster-)?(?:node|keeper)-/.test(one)) ?? '';
    const service = named.replace(/^tailrace-cluster-(.*)-1$/, '$1');
    if (verb === 'inspect') return states.has(service) ? Promise.resolve(`${states.get(service)}\n`) : Promise.reject(new Error(service));
    if (service !== '') states.set(service, verb === 'kill' ? 'exited' : 'running healthy');
    told.push([verb, ...rest.filter((one) => !one.startsWith('-'))].join(' '));
    return Promise.resolve('');
  });
  const note = (...words: readonly unknown[]): Promise<void> => Promise.resolve(void told.push(words.join(' ')));
  const scene: Scene = {
    nodes,
    hold: (seconds) => note('hold', seconds),
    exec: (service, statement) => note('on', service, statement),
    grow: () => note('grow'),
    restartCompactor: () => note('restart compact'),
    settle: () => note('settle'),
    rebuild: () => note('rebuild'),
    profile: (settings) => note('profile', settings),
  };
  return { scene, told };
}

async function playAll(options: Partial<PlayOptions> = {}): Promise<{ wrong: string[]; said: string[]; told: string[] }> {
  const { scene, told } = standIn();
  const said: string[] = [];
  const say = (line: string): void => void said.push(line);
  const wrong = await playTroubles({
    scene,
    troubles: TROUBLES,
    goesOn: () => false,
    compare: () => Promise.resolve(null),
    say,
    ...options,
  });
  return { wrong, said, told };
}

test('each trouble ends with every container up, and both sides are compared', async () => {
  const { wrong, said, told } = await playAll();
  expect(wrong).toEqual([]);
  expect(said).toEqual(TROUBLES.map(({ name }) => `${name}: verify is equal`));
  const words = told.map((one) => one.split(' '));
  const of = (...verbs: string[]): string[] => words.filter(([verb = '']) => verbs.includes(verb)).map((one) => one.at(-1) ?? '');
  expect(of('kill', 'rm').toSorted()).toEqual(
    of('up')
      .filter((name) => name !== 'node-2-3')
      .toSorted(),
  );
  expect(of('pause')).toEqual(of('unpause'));
  expect(told.filter((one) => one.startsWith('network'))).toEqual([
    'network disconnect tailrace-cluster_copies tailrace-cluster-node-1-2-1',
    'network connect 172.29.251.12 node-1-2 tailrace-cluster_copies tailrace-cluster-node-1-2-1',
  ]);
  expect(new Set(of('kill', 'rm', 'up', 'pause', 'restart'))).toEqual(
    new Set(
      Object.keys(file.services)
        .filter((name) => /^node|^keeper-[23]/.test(name))
        .concat('compact'),
    ),
  );
  expect(told).toContain('volume rm tailrace-cluster_node-2-1');
});

test('what changes the cluster for good is done once, and the rest until the time is up', async () => {
  let left = 4;
  const { said } = await playAll({ goesOn: () => (left -= 1) > 0 });
  const counts = Map.groupBy(said, (line) => line);
  for (const { name, isOnce } of TROUBLES) if (isOnce === true) expect(counts.get(`${name}: verify is equal`), name).toHaveLength(1);
  expect(counts.get('a replica is killed: verify is equal')).toHaveLength(2);
});

test('a difference ends the play, and so does what cannot be done', async () => {
  expect(await playAll({ compare: () => Promise.resolve('3 rows of public.orders differ') })).toMatchObject({
    wrong: ['a replica is killed: 3 rows of public.orders differ'],
    said: [],
  });
  const { scene } = standIn();
  const broken: Scene = { ...scene, hold: () => Promise.reject(new Error('the shop has stopped')) };
  expect(await playAll({ scene: broken })).toMatchObject({ wrong: ['a replica is killed: the shop has stopped'] });
});
