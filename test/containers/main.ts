import { mkdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { buildCompose, buildImages, sizeOf } from './build-images.ts';
import { Cluster } from './cluster.ts';
import { openDocker, whyNot } from './docker-engine.ts';
import { play } from './play.ts';

const USAGE = `usage: npm run test:containers -- [--minutes N] [--rows N] [--rate N] [--cache DIR] [--build-only]

Starts docker/compose.yml with the shop, the watchers and a cluster of three chDB fronts as a second
warehouse, from images made of Debian and npm packages, and kills, pauses and cuts off each container in turn while the shop is busy.

  --minutes N   least duration of traffic and troubles; default 10
  --rows N      events in the history of the shop; default 20000
  --rate N      rows changed per second; default 100
  --cache DIR   where images, Compose and Debian stay for the next run; default /tmp/tailrace-containers
  --build-only  build the images, print their sizes, and end
`;

const MB = 1_000_000;
const SLIM_MOST_MB = 250;
const AWAIT_TIMEOUT = '300s';

const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function main(argv: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      minutes: { type: 'string', default: '10' },
      rows: { type: 'string', default: '20000' },
      rate: { type: 'string', default: '100' },
      cache: { type: 'string', default: '/tmp/tailrace-containers' },
      'build-only': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const reason = await whyNot();
  if (reason !== null) {
    say(`skipped: ${reason}`);
    return 0;
  }
  mkdirSync(values.cache, { recursive: true });
  const compose = await buildCompose(values.cache);
  await using engine = await openDocker(values.cache);
  await buildImages(engine, values.cache);
  const slimMb = await saySizes(async (image) => sizeOf(engine, image));
  if (values['build-only']) return slimMb <= SLIM_MOST_MB ? 0 : 1;

  const stopped = new Promise<never>((_resolve, reject) => {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => reject(new Error(`stopped by ${name}`)));
  });
  const cluster = new Cluster({ engine, compose, rows: Number(values.rows), rate: Number(values.rate) });
  await cluster.down();
  try {
    await Promise.race([cluster.up(), stopped]);
    say(`up: ${(await cluster.services()).join(', ')}`);
    const played = await Promise.race([play({ cluster, minutes: Number(values.minutes), say }), stopped]);
    say(`${played.troubles} troubles; alerts that fired: ${[...played.fired].toSorted().join(', ')}`);
    say(
      `alerts at the webhook: ${[...played.received].toSorted().join(', ')}; of tailrace itself: ${[...played.own].toSorted().join(', ')}`,
    );
    for (const [service, bytes] of [...played.memory].toSorted(([a], [b]) => a.localeCompare(b)))
      say(`memory of ${service}: ${Math.round(bytes / MB)} MB`);
    await compare(cluster);
    return (await stopAll(cluster)) && slimMb <= SLIM_MOST_MB ? 0 : 1;
  } catch (error) {
    say(await cluster.compose(['ps', '--all']).catch(String));
    say(await cluster.compose(['logs', '--no-color', '--tail', '15']).catch(String));
    throw error;
  } finally {
    await cluster.down();
  }
}

async function saySizes(size: (image: string) => Promise<number>): Promise<number> {
  const [full, slim] = [await size('tailrace:0.1.0'), await size('tailrace-slim:0.1.0')];
  say(`size of tailrace: ${Math.round(full / MB)} MB; of tailrace-slim: ${Math.round(slim / MB)} MB, at most ${SLIM_MOST_MB}`);
  return slim / MB;
}

/**
 * Ends the traffic, waits for the last change, and proves tables and marts. Throws a difference.
 */
async function compare(cluster: Cluster): Promise<void> {
  await cluster.compose(['stop', 'shop', 'collector']);
  for (const compact of ['compact', 'compact-fronts']) {
    await cluster.exec(compact, ['tailrace', 'await', '--now', '--timeout', AWAIT_TIMEOUT]);
    say(`${compact}: ${await cluster.exec(compact, ['tailrace', 'verify'])}`);
  }
  say(await cluster.exec('transform', ['tailrace', 'transform', '--models', '/app/warehouse-sql/shop', '--compare']));
  say('verify: equal; marts: equal to whole builds');
}

/** Stops everything as `docker stop` does; whether each container ended with 0. */
async function stopAll(cluster: Cluster): Promise<boolean> {
  const services = (await cluster.compose(['ps', '--all', '--services'])).trim().split('\n');
  await cluster.compose(['stop']);
  const codes = await Promise.all(services.map(async (service) => [service, (await cluster.state(service)).exitCode] as const));
  say(`exit codes: ${codes.map(([service, code]) => `${service} ${code}`).join(', ')}`);
  return codes.every(([, code]) => code === 0);
}

process.exitCode = await main(process.argv.slice(2));
