// Folds a topic into tables, as docs/TAP.md says, and prints their rows as lines of JSON.
//   KAFKA_BROKERS=localhost:9092 KAFKA_TOPIC=shop node consume.mjs
import { messages } from './topic.mjs';

/** By oid: its name, rows by key, and rows of a table without a key. */
const tables = new Map();
let deleted = {};

/** By the columns that the deleted row has. */
function isEqual(one, deletedRow) {
  return Object.entries(deletedRow).every(([name, value]) => JSON.stringify(one[name] ?? null) === JSON.stringify(value));
}

for await (const { value } of messages(0n)) {
  const { oid, table: name, op, key, oldKey, row, unchanged } = JSON.parse(value);
  const table = tables.get(oid) ?? { rows: new Map(), bag: [] };
  tables.set(oid, { ...table, name });
  if (op === 'truncate') {
    table.rows.clear();
    table.bag.length = 0;
  } else if (key === null) {
    if (op === 'delete') {
      const equal = table.bag.findIndex((one) => isEqual(one, row));
      if (equal >= 0) table.bag.splice(equal, 1);
    } else table.bag.push(row);
  } else {
    const at = JSON.stringify(key);
    const before = oldKey === undefined ? table.rows.get(at) : deleted;
    if (op === 'delete') {
      deleted = table.rows.get(at) ?? {};
      table.rows.delete(at);
    } else table.rows.set(at, { ...Object.fromEntries(unchanged.map((column) => [column, before?.[column]])), ...row });
  }
}

for (const { name, rows, bag } of tables.values())
  for (const row of [...rows.values(), ...bag]) process.stdout.write(`${JSON.stringify({ table: name, row })}\n`);
