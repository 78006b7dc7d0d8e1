import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { createPipeline } from '../support/pipeline.ts';
import { createDatabase } from '../support/postgres.ts';
import { expectVerified } from '../support/verified.ts';

const SALT = 'salt-of-the-end-to-end-test';

/** Files below a folder that hold one of the texts. */
function filesWith(folder: string, texts: readonly string[]): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter((file) => texts.some((text) => readFileSync(file).includes(text)));
}

test(
  'columns that are left out or masked and rows that are filtered stay so from copy to verify, and another configuration copies again',
  { timeout: 600_000 },
  async () => {
    await using database = await createDatabase();
    const [server] = await database.query<{ filters: boolean }>(`select current_setting('server_version_num')::int >= 150000 as filters`);
    const filters = server?.filters === true;
    await database.query(`
    create table users (id int, tenant int, mail text, phone text, pin int, password_hash text, note text, primary key (id, tenant));
    alter table users alter note set storage external;
    create table visits (who text, secret text); alter table visits replica identity full;
    create table parts (code text, day date, secret text, primary key (code, day)) partition by range (day);
    create table parts_1 partition of parts for values from ('2025-01-01') to ('2026-01-01');
    create table parts_2 (secret text, day date not null, code text not null, primary key (code, day));
    alter table parts attach partition parts_2 for values from ('2026-01-01') to ('2027-01-01');
    insert into visits select 'w' || i % 5, 'xHASHx' || i from generate_series(1, 50) i;
    insert into parts select 'xPHONEx' || i, date '2025-01-01' + i, 'xHASHx' from generate_series(1, 700) i;
    insert into users select i, i % 2, 'mail' || i, 'xPHONEx' || i, i, 'xHASHx' || i, repeat('n', 3000) from generate_series(1, 200) i`);
    await using pipeline = createPipeline({ source: database.url });
    const file = path.join(pipeline.folder, 'tailrace.yaml');
    const configure = (rule: string): void =>
      writeFileSync(
        file,
        `table:\n  public.users: { ${rule} }\n  public.visits: { exclude: [secret] }\n  public.parts: { ${parts} }\n  'public.*': { exclude: [later], mask: { level: sha256 } }\nmask: { salt: ${SALT} }\n`,
      );
    const parts = `exclude: [secret], mask: { code: sha256 }${filters ? ', where: day > date $$2025-06-01$$' : ''}`;
    const where = filters ? 'where: tenant = 1' : '';
    configure(`exclude: [password_hash], mask: { mail: sha256, pin: sha256, phone: null }, ${where}`);
    const env = { TAILRACE_CONFIG: file };
    const run = pipeline.start(['run', '--sql-port', '0', '--http-port', '0'], env);
    await run.event('live');
    await database.query(`
    insert into users select i, i % 2, 'mail' || i, 'xPHONEx' || i, i, 'xHASHx' || i, repeat('n', 3000) from generate_series(201, 300) i;
    update users set mail = mail || '!', password_hash = 'xHASHx!' where id % 3 = 0;
    update users set tenant = 1 - tenant where id between 50 and 60;
    delete from users where id % 7 = 0;
    update visits set secret = 'xHASHx', who = 'w1' where who = 'w2'; delete from visits where secret = 'xHASHx7';
    insert into visits select who, secret from visits limit 20;
    update parts set day = day + 100 where day between '2025-12-01' and '2025-12-20';
    update parts set code = code || '!' where day > '2026-10-01';
    alter table visits add level int default 3, add later text default 'xHASHx'; insert into visits values ('w9', 's', 4, 'xHASHx'), ('w9', 's', null, null);
    delete from parts where day < '2025-03-01' or day > '2026-11-01'`);
    await expectVerified(pipeline, env);
    const salted = await pipeline.cli(['verify', '--json', '--table', 'public.users'], {
      ...env,
      TAILRACE_MASK_SALT: 'another salt of letters',
    });
    expect(salted.code).toBe(1);
    expect(JSON.parse(salted.stdout).tables).toMatchObject([{ match: null, error: expect.stringMatching(/mask\.salt differs from/) }]);
    const count = async (): Promise<string> =>
      (await pipeline.cli(['sql', 'SELECT count(), countIf(length(mail) = 64), count(phone) FROM public.users'])).stdout.trim();
    const [rows] = await database.query<{ n: string }>(`select count(*) as n from users ${filters ? 'where tenant = 1' : ''}`);
    expect(await count()).toBe(`${rows?.n}\t${rows?.n}\t0`);
    const described = await pipeline.cli(['sql', `SELECT * FROM public.users LIMIT 1`, '--format', 'JSONEachRow']);
    expect(Object.keys(JSON.parse(described.stdout))).toEqual(['id', 'tenant', 'mail', 'phone', 'pin', 'note']);
    run.kill('SIGTERM');
    expect(await run.ended()).toMatchObject({ code: 0 });
    expect(filesWith(pipeline.folder, ['xHASHx', 'xPHONEx', 'password_hash']).filter((name) => name !== file)).toEqual([]);
    expect(filesWith(pipeline.folder, [SALT]).filter((name) => name !== file)).toEqual([]);
    expect(run.stderr()).not.toContain(SALT);

    configure(`exclude: [password_hash, pin], mask: { phone: null }`);
    const again = pipeline.start(['run', '--sql-port', '0', '--http-port', '0'], env);
    await again.event('ready');
    await database.query(`insert into users values (1000, 0, 'mail1000', 'xPHONEx', 1, 'xHASHx', 'new')`);
    await expectVerified(pipeline, env);
    expect(again.stderr()).toMatch(/table must be copied again/);
    const [all] = await database.query<{ n: string }>('select count(*) as n from users');
    expect(await count()).toBe(`${all?.n}\t0\t0`);
    again.kill('SIGTERM');
    expect(await again.ended()).toMatchObject({ code: 0 });
    expect(filesWith(pipeline.lake, ['xHASHx', 'xPHONEx'])).toEqual([]);
    expect(filesWith(pipeline.lake, ['mail1000'])).not.toEqual([]);
  },
);
