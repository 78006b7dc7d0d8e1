import { Admin, Consumer, MessagesStreamModes, stringDeserializers } from '@platformatic/kafka';

/** What the example is told, from the environment. */
export const settings = {
  brokers: (process.env['KAFKA_BROKERS'] ?? 'localhost:9092').split(','),
  topic: process.env['KAFKA_TOPIC'] ?? 'tailrace',
  /** The words that start tailrace. */
  tailrace: (process.env['TAILRACE'] ?? 'npx tailrace').split(' '),
};

/** Creates the topic unless it is there. One partition, since lines have one order. */
export async function openTopic() {
  const admin = new Admin({ clientId: 'tailrace', bootstrapBrokers: settings.brokers });
  try {
    if (!(await admin.listTopics()).includes(settings.topic))
      await admin.createTopics({ topics: [settings.topic], partitions: 1, replicas: -1 });
  } finally {
    await admin.close();
  }
}

/** The messages that the topic has by now, from an offset on; negative: from its end. */
export async function* messages(from) {
  const consumer = new Consumer({
    clientId: 'tailrace',
    groupId: `tailrace-${process.pid}`,
    bootstrapBrokers: settings.brokers,
    deserializers: stringDeserializers,
  });
  const { topic } = settings;
  try {
    const offsetAt = async (timestamp) => (await consumer.listOffsets({ topics: [topic], timestamp })).get(topic)[0];
    const [first, end] = [await offsetAt(-2n), await offsetAt(-1n)];
    const offset = from < 0n ? end + from : from;
    const start = offset < first ? first : offset;
    if (start >= end) return;
    const stream = await consumer.consume({
      topics: [topic],
      mode: MessagesStreamModes.MANUAL,
      offsets: [{ topic, partition: 0, offset: start }],
    });
    for await (const message of stream) {
      yield message;
      if (message.offset >= end - 1n) break;
    }
  } finally {
    await consumer.close(true);
  }
}
