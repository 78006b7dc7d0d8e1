import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../support/eventually.ts';
import type { Cluster } from './cluster.ts';

export interface PlayOptions {
  readonly cluster: Cluster;
  /** How long traffic and troubles go on, at least one round. */
  readonly minutes: number;
  readonly say: (line: string) => void;
}

/** What a round of troubles showed. */
export interface Played {
  readonly troubles: number;
  /** Most bytes of memory that each service used when somebody looked. */
  readonly memory: ReadonlyMap<string, number>;
  /** Names of the alerts that fired in Prometheus, with their table or stage. */
  readonly fired: ReadonlySet<string>;
  /** The same of those that the webhook received. */
  readonly received: ReadonlySet<string>;
  /** Kinds of alerts of tailrace's own webhook. */
  readonly own: ReadonlySet<string>;
}

/** The watchers must report every other trouble, and the keeper is a part of the test. */
const LEFT_ALONE = new Set(['prometheus', 'alertmanager', 'webhook', 'fronts-keeper']);
const TROUBLE_MS = 8_000;
const HEALTHY_MS = 180_000;
const TROUBLES = {
  kill: async (cluster: Cluster, service: string): Promise<void> => cluster.kill(service),
  pause: async (cluster: Cluster, service: string): Promise<void> => {
    await cluster.pause(service);
    await sleep(TROUBLE_MS);
    await cluster.unpause(service);
  },
  'cut off': async (cluster: Cluster, service: string): Promise<void> => {
    await cluster.cutOff(service);
    await sleep(TROUBLE_MS);
    await cluster.connect(service);
  },
};

interface Labelled {
  readonly labels: Readonly<Record<string, string>>;
  readonly state?: string;
}

/**
 * Kills, pauses and cuts off each container in turn while the shop is busy, until the time is up
 * and each has had its turn. After each trouble everything must become healthy again.
 */
export async function play({ cluster, minutes, say }: PlayOptions): Promise<Played> {
  const until = Date.now() + minutes * 60_000;
  const services = await cluster.services();
  const victims = services.filter((service) => !LEFT_ALONE.has(service));
  const memory = new Map<string, number>();
  const fired = new Set<string>();
  let troubles = 0;
  do {
    for (const victim of victims)
      for (const [name, trouble] of Object.entries(TROUBLES)) {
        await trouble(cluster, victim);
        for (const alert of await firing(cluster)) fired.add(alert);
        await cluster.untilHealthy(services, HEALTHY_MS);
        troubles += 1;
        say(`${name} ${victim}: everything is healthy again`);
        for (const [service, bytes] of await cluster.memory()) memory.set(service, Math.max(bytes, memory.get(service) ?? 0));
      }
  } while (Date.now() < until);
  for (const alert of await firing(cluster)) fired.add(alert);
  const received = await eventually(
    async () => {
      await sleep(TROUBLE_MS);
      const alerts = await posted(cluster);
      const names = new Set(alerts.filter(({ labels }) => labels !== undefined).map(nameOf));
      return [...fired].every((name) => names.has(name)) ? names : undefined;
    },
    'every alert to arrive at the webhook',
    90_000,
  );
  const own = new Set((await posted(cluster)).flatMap(({ kind }) => (kind === undefined ? [] : [kind])));
  return { troubles, memory, fired, received, own };
}

async function firing(cluster: Cluster): Promise<string[]> {
  const { data } = (await ask(cluster, 'http://prometheus:9090/api/v1/alerts')) as { data: { alerts: Labelled[] } };
  return data.alerts.filter(({ state }) => state === 'firing').map(nameOf);
}

async function posted(cluster: Cluster): Promise<(Labelled & { readonly kind?: string })[]> {
  return (await ask(cluster, 'http://webhook:8126/')) as (Labelled & { kind?: string })[];
}

/** Asked from inside the network: what listens there need not be published. */
async function ask(cluster: Cluster, url: string): Promise<unknown> {
  return JSON.parse(
    await cluster.exec('webhook', ['node', '-e', `fetch('${url}').then((r) => r.text()).then((t) => process.stdout.write(t))`]),
  );
}

function nameOf({ labels }: Labelled): string {
  return [labels['alertname'], labels['table'], labels['stage']].filter((part) => part !== undefined).join(' ');
}
