import { type CheckItem, checked } from './check-item.ts';
import type { OwnSlot, ServerFacts } from './server-facts.ts';

/**
 * First minor release of each major version without the bugs that lose changes or block slots: a
 * concurrent ALTER PUBLICATION that makes the walsender ignore the table, "invalid memory alloc
 * request size", confirmed_flush_lsn going backwards.
 */
const FIRST_SOUND_MINOR: ReadonlyMap<number, number> = new Map([
  [14, 19],
  [15, 14],
  [16, 10],
  [17, 6],
  [18, 0],
]);
const OLDEST_MAJOR = 14;
const NEWEST_MAJOR = 18;
/** Slots: ours, one for a copy, one for verify. Connections: four copies and the roles. */
const SLOTS_NEEDED = 3;
const CONNECTIONS_NEEDED = 8;
const CLOCK_SKEW_MS = 2000;
const SLOT_TIMEOUT_SECONDS = 3600;
const GIBIBYTE_MB = 1024;
/** Matches every client that streams, or us by name (SyncRepGetStandbyPriority in syncrep.c). */
const COUNTS_US = /\*|\btailrace\b/i;
/** ALTER SYSTEM cannot run in a transaction, so each statement of a fix has its own line. */
const RELOAD = 'SELECT pg_reload_conf();';

/**
 * The server, its settings, our role and the slots we already have → items. `nowMs`: our own clock
 * when the facts were read. `diskFreeBytes`: free space on the server's disk; null where it is not
 * visible from here.
 */
export function checkServer(facts: ServerFacts, { nowMs, diskFreeBytes }: { nowMs: number; diskFreeBytes: number | null }): CheckItem[] {
  return [
    ...checkVersion(facts),
    ...checkRole(facts),
    ...checkCapacity(facts),
    ...checkRetention(facts, diskFreeBytes),
    ...checkPresent(facts, nowMs),
    ...facts.slots.map(checkSlot),
  ];
}

function checkVersion({ versionNumber, version, standby, settings, encoding }: ServerFacts): CheckItem[] {
  const major = Math.floor(versionNumber / 10_000);
  const minor = versionNumber % 10_000;
  const floor = FIRST_SOUND_MINOR.get(major);
  const sound = major > NEWEST_MAJOR || (floor !== undefined && minor >= floor);
  const fix =
    major < OLDEST_MAJOR
      ? `Upgrade to ${OLDEST_MAJOR} or later.`
      : `Upgrade to ${major}.${floor} or later: earlier releases can lose changes of a table.`;
  return [
    checked(
      'version',
      version,
      sound && major <= NEWEST_MAJOR,
      sound ? { verdict: 'warn', fix: 'tailrace is not tested with this version yet.' } : { verdict: 'fail', fix },
    ),
    checked('primary', standby ? 'standby' : 'primary', !standby, { verdict: 'fail', fix: 'Connect to the primary in --source.' }),
    checked('wal_level', setting(settings, 'wal_level'), setting(settings, 'wal_level') === 'logical', {
      verdict: 'fail',
      fix: `ALTER SYSTEM SET wal_level = 'logical'; -- then restart (RDS: rds.logical_replication = 1, Cloud SQL: cloudsql.logical_decoding = on)`,
    }),
    checked('encoding', encoding, encoding === 'UTF8', {
      verdict: 'warn',
      fix: 'Text is converted to UTF-8; with SQL_ASCII its bytes are kept as they are.',
    }),
  ];
}

function checkRole({ user, database, replicationRole, rdsRole, mayCreate, mayEmit }: ServerFacts): CheckItem[] {
  const grant = rdsRole ? `GRANT rds_replication TO ${user};` : `ALTER ROLE ${user} REPLICATION;`;
  return [
    checked('replication right', replicationRole ? 'yes' : 'no', replicationRole, { verdict: 'fail', fix: grant }),
    checked('create publications', mayCreate ? 'yes' : 'no', mayCreate, {
      verdict: 'fail',
      fix: `GRANT CREATE ON DATABASE ${database} TO ${user};`,
    }),
    checked('emit heartbeats', mayEmit ? 'yes' : 'no', mayEmit, {
      verdict: 'fail',
      fix: `GRANT EXECUTE ON FUNCTION pg_logical_emit_message TO ${user};`,
    }),
  ];
}

function checkCapacity({ settings, usedSlots, usedSenders, usedConnections, slots }: ServerFacts): CheckItem[] {
  const needed = slots.length > 0 ? SLOTS_NEEDED - 1 : SLOTS_NEEDED;
  const free = (name: string, used: number, need: number): CheckItem => {
    const limit = Number(setting(settings, name));
    return checked(`free ${name}`, `${limit - used} of ${limit}`, limit - used >= need, {
      verdict: limit - used >= need - 1 ? 'warn' : 'fail',
      fix: `ALTER SYSTEM SET ${name} = ${used + need}; -- then restart`,
    });
  };
  return [
    free('max_replication_slots', usedSlots, needed),
    free('max_wal_senders', usedSenders, needed),
    free('max_connections', usedConnections, CONNECTIONS_NEEDED),
  ];
}

function checkRetention({ settings }: ServerFacts, diskFreeBytes: number | null): CheckItem[] {
  const keepMb = Number(setting(settings, 'max_slot_wal_keep_size'));
  const idleSeconds = Number(settings['idle_replication_slot_timeout'] ?? 0);
  const senderMs = Number(setting(settings, 'wal_sender_timeout'));
  const decodingKb = Number(setting(settings, 'logical_decoding_work_mem'));
  const standbys = settings['synchronized_standby_slots'] ?? '';
  const synchronous = settings['synchronous_standby_names'] ?? '';
  return [
    checked('max_slot_wal_keep_size', keepMb < 0 ? 'no limit' : `${keepMb} MB`, keepMb >= GIBIBYTE_MB, {
      verdict: 'warn',
      fix: keepFix(diskFreeBytes),
    }),
    checked(
      'idle_replication_slot_timeout',
      idleSeconds === 0 ? 'off' : `${idleSeconds} s`,
      idleSeconds === 0 || idleSeconds >= SLOT_TIMEOUT_SECONDS,
      {
        verdict: 'warn',
        fix: `ALTER SYSTEM SET idle_replication_slot_timeout = '1d';\n${RELOAD}`,
      },
    ),
    checked('wal_sender_timeout', `${senderMs} ms; tailrace sets its own`, true, { verdict: 'ok', fix: null }),
    checked('logical_decoding_work_mem', `${decodingKb} kB`, decodingKb >= 65_536, {
      verdict: 'warn',
      fix: `ALTER SYSTEM SET logical_decoding_work_mem = '64MB'; -- larger transactions are spilled to disk\n${RELOAD}`,
    }),
    checked('synchronized_standby_slots', standbys === '' ? 'none' : standbys, standbys === '', {
      verdict: 'warn',
      fix: 'Replication waits while one of these standbys is down.',
    }),
    checked('synchronous_standby_names', synchronous === '' ? 'none' : synchronous, !COUNTS_US.test(synchronous), {
      verdict: 'warn',
      fix: `ALTER SYSTEM SET synchronous_standby_names = 'FIRST 1 (…)'; -- list your standbys: it now counts the stream of tailrace as one, and commits wait for it\n${RELOAD}`,
    }),
  ];
}

/** Half of the free disk: the rest is for the application. */
function keepFix(diskFreeBytes: number | null): string {
  if (diskFreeBytes === null)
    return `-- ALTER SYSTEM SET max_slot_wal_keep_size = '…GB'; use half of the server's free disk, which is not visible from here\n${RELOAD}`;
  const gibibytes = Math.max(1, Math.floor(diskFreeBytes / 2 ** 31));
  return `ALTER SYSTEM SET max_slot_wal_keep_size = '${gibibytes}GB'; -- half of the free disk\n${RELOAD}`;
}

function checkPresent({ oldWriters, prepared, serverTimeMs }: ServerFacts, nowMs: number): CheckItem[] {
  const skewMs = Math.round(serverTimeMs - nowMs);
  const open = oldWriters.map(({ pid, seconds }) => `pid ${pid} for ${seconds} s`);
  const terminate = oldWriters.map(
    ({ pid }) => `SELECT pg_terminate_backend(${pid}); -- or wait: the slot can be created only after it ends`,
  );
  const named = prepared.map(({ gid, elsewhere }) => (elsewhere === null ? gid : `${gid} in database ${elsewhere}`));
  const rollback = prepared.map(({ gid, elsewhere }) => {
    const where = elsewhere === null ? '' : `in database ${elsewhere}; `;
    return `ROLLBACK PREPARED '${gid.replaceAll("'", "''")}'; -- ${where}or commit it: the slot can be created only after it ends`;
  });
  return [
    checked('long open transactions', open.join(', ') || 'none', open.length === 0, { verdict: 'warn', fix: terminate.join('\n') }),
    checked('prepared transactions', named.join(', ') || 'none', prepared.length === 0, { verdict: 'warn', fix: rollback.join('\n') }),
    checked('clock', `${skewMs} ms from the clock of this machine`, Math.abs(skewMs) <= CLOCK_SKEW_MS, {
      verdict: 'warn',
      fix: 'Synchronise the clocks: the reported freshness depends on them, the order of changes does not.',
    }),
  ];
}

function checkSlot({ name, plugin, twoPhase, walStatus, published }: OwnSlot): CheckItem {
  const lost = walStatus === 'lost' || walStatus === 'unreserved';
  const value = [walStatus, plugin, twoPhase ? 'two_phase' : '', published ? '' : 'publication missing']
    .filter((word) => word !== '')
    .join(', ');
  const good = !lost && plugin === 'pgoutput' && !twoPhase && published;
  return checked(`slot ${name}`, value, good, {
    verdict: 'fail',
    fix: `SELECT pg_drop_replication_slot('${name}'); -- then tailrace resync --all`,
  });
}

function setting(settings: Readonly<Record<string, string>>, name: string): string {
  return settings[name] ?? 'unknown';
}
