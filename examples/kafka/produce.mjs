// Sends every line of a tap to one topic, and continues after the line that the topic ends with.
//   KAFKA_BROKERS=localhost:9092 KAFKA_TOPIC=shop node produce.mjs [TABLE…] [--to X/Y]
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { ProduceAcks, Producer, stringSerializers } from '@platformatic/kafka';
import { messages, openTopic, settings } from './topic.mjs';

const [program, ...words] = settings.tailrace;

/** A position as a number that can be compared. */
function position(lsn) {
  const [high, low] = lsn.split('/');
  return (BigInt(`0x${high}`) << 32n) | BigInt(`0x${low}`);
}

/** Identifies a line; the rows of a copy have one position. */
function place({ lsn, ordinal, oid, op, copied = 0 }) {
  return [lsn, ordinal, oid, op, copied].join(' ');
}

/** The line that the topic ends with; null: it is empty. */
async function lastLine() {
  for await (const { value } of messages(-1n)) return JSON.parse(value);
  return null;
}

/** A lake that was set back, or another one, would let the topic tell two histories. */
async function refuseIfAhead({ lsn }) {
  const { stdout } = await promisify(execFile)(program, [...words, 'lake', 'ls', '--json']);
  const newest = JSON.parse(stdout).batches.at(-1);
  if (newest === undefined || position(lsn) >= position(newest.lsn))
    throw new Error(
      `TOPIC_AHEAD: topic ${settings.topic} has changes up to ${lsn}, and the lake ends at ${newest?.lsn ?? 'its beginning'}. Use another topic, or the lake that it was filled from.`,
    );
}

await openTopic();
const last = await lastLine();
if (last !== null) await refuseIfAhead(last);

const tap = spawn(program, [...words, 'tap', ...process.argv.slice(2), '--from', last?.lsn ?? 'start'], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => tap.kill(signal));
const producer = new Producer({
  clientId: 'tailrace',
  bootstrapBrokers: settings.brokers,
  serializers: stringSerializers,
  idempotent: true,
  acks: ProduceAcks.ALL,
});

let skipping = last !== null;
/** The lines that the topic does not have. */
function fresh(lines) {
  return lines.filter((text) => {
    if (!skipping) return true;
    const line = JSON.parse(text);
    if (place(line) === place(last)) skipping = false;
    else if (position(line.lsn) > position(last.lsn))
      throw new Error(
        `TOPIC_AHEAD: topic ${settings.topic} ends with a line at ${last.lsn} that the lake does not have. Use another topic, or the lake that it was filled from.`,
      );
    return false;
  });
}

try {
  let rest = '';
  // The next chunk is read when this one is stored, so a slow broker stops the tap.
  for await (const chunk of tap.stdout.setEncoding('utf8')) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    const sent = fresh(lines).map((value) => {
      const { oid, key } = JSON.parse(value);
      return { topic: settings.topic, partition: 0, key: JSON.stringify([oid, key]), value };
    });
    if (sent.length > 0) await producer.send({ messages: sent });
  }
} catch (error) {
  tap.kill('SIGTERM');
  throw error;
} finally {
  await producer.close();
}
if (tap.exitCode === null && tap.signalCode === null) await once(tap, 'exit');
process.exitCode = tap.exitCode ?? 1;
