import pg from 'pg';
import { expect, test } from 'vitest';
import { createPipeline } from '../support/pipeline.ts';
import { startPostgres } from '../support/postgres.ts';

const HOSTILE = `
  create table big (id int primary key, at timestamptz, body text);
  create table ddl_log (tag text, at timestamptz default now());
  create function log_ddl() returns event_trigger language plpgsql as $$ begin insert into ddl_log (tag) values (tg_tag); end $$;
  create event trigger log_ddl on ddl_command_end execute function log_ddl();
  do $$ declare setting text; begin
    foreach setting in array array['transaction_timeout', 'statement_timeout', 'idle_in_transaction_session_timeout', 'idle_session_timeout'] loop
      if current_setting(setting, true) is not null then execute format('alter database %I set %s = %L', current_database(), setting, '300ms'); end if;
    end loop;
    execute format('alter database %I set DateStyle = %L', current_database(), 'SQL, DMY');
    execute format('alter database %I set default_transaction_isolation = serializable', current_database());
  end $$`;

test(
  'it runs under hostile settings of the database: short limits, other formats, an event trigger, and a standby that is not there',
  { timeout: 600_000 },
  async () => {
    await using server = await startPostgres();
    const application = new pg.Client(server.url);
    await application.connect();
    await application.query(HOSTILE);
    await application.query('set synchronous_commit = local');
    await application.query(`alter system set synchronous_standby_names = 'nobody'`);
    await application.query('select pg_reload_conf()');
    const { hostname, username, pathname } = new URL(server.url);
    await using pipeline = createPipeline({
      source: `host=nobody.invalid,${hostname} port=${server.port} user=${username} dbname=${pathname.slice(1)}`,
      // Large transactions come at their commit: the longest that one session of ours is busy with.
      env: { TAILRACE_SOURCE_STREAMING: 'off' },
    });
    const run = pipeline.start(['run', '--sql-port', '0', '--http-port', '0']);
    await run.event('live');
    await application.query(`insert into big select g, now(), repeat(md5(g::text), 20) from generate_series(1, 150000) g`);
    expect(await pipeline.cli(['await', '--now', '--timeout', '180s'])).toMatchObject({ code: 0 });
    const verified = await pipeline.cli(['verify', '--json']);
    expect(verified).toMatchObject({ code: 0 });
    expect(JSON.parse(verified.stdout)).toMatchObject({ match: true });
    const { rows } = await application.query<{ tag: string }>('select distinct tag from ddl_log order by tag');
    expect(rows.map(({ tag }) => tag)).toEqual(['ALTER PUBLICATION', 'CREATE PUBLICATION']);
    await application.end();
  },
);
