/** What user builder of the driven endpoint knows. */
export const WRITES = { databases: ['built'], token: 'a token of the builder' };

const STATEMENTS: readonly (readonly [statement: string, fields: string])[] = [
  ['CREATE DATABASE IF NOT EXISTS built', ''],
  ['CREATE TABLE t (id Int32) ENGINE = MergeTree ORDER BY id', 'database=built&mutations_sync=3'],
  ["ALTER TABLE built.t MODIFY COMMENT $text$it's$text$", ''],
  ['INSERT INTO built.t VALUES ({n:Int32})', 'param_n=1'],
  ['INSERT INTO built.t SETTINGS insert_deduplicate = 0 FORMAT CSV\n2\n', ''],
  ['3\n', 'query=INSERT INTO built.t FORMAT CSV'],
  ['SELECT name, value, readonly FROM system.settings', ''],
  ['DROP DATABASE built', ''],
];

/** Everything that the endpoint makes of statements of user builder. */
export async function driveWriter(url: string): Promise<void> {
  for (const [body, fields] of STATEMENTS) {
    const headers = { 'X-ClickHouse-User': 'builder', 'X-ClickHouse-Key': WRITES.token };
    const response = await fetch(`${url}/?${fields}`, { method: 'POST', body, headers });
    if (!response.ok) throw new Error(await response.text());
    await response.text();
  }
}
