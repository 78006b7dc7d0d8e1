import { expect, test } from 'vitest';
import { describeAddress, isUnixSocket, parseSource } from './source-url.ts';
import type { Source, SourceAddress } from './source-url.ts';

/** A machine with these files; `open`: others may read them too. */
function on(env: Record<string, string> = {}, files: Record<string, string> = {}, open = false) {
  return {
    env,
    home: '/home/me',
    user: 'me',
    exists: (path: string) => path in files,
    read: (path: string) => (files[path] === undefined ? null : { text: files[path], open }),
  };
}

function first(source: Source): SourceAddress {
  const [address] = source.addresses;
  if (address === undefined) throw new Error('no address');
  return address;
}

const parse = (text: string, around = on()): SourceAddress => first(parseSource(text, around));

test('a full URL is taken apart', () => {
  const url = 'postgresql://u%40x:p%23w@db.example:6543/my%20db?sslmode=verify-full&sslrootcert=/ca.pem&options=-c%20geqo%3Doff';
  expect(parse(url)).toMatchObject({
    host: 'db.example',
    port: 6543,
    user: 'u@x',
    password: 'p#w',
    database: 'my db',
    tls: 'verify-full',
    caFile: '/ca.pem',
    options: '-c geqo=off',
  });
});

test.each([
  ['postgres://u@/d?host=/var/run/postgresql', '/var/run/postgresql:5432/d', true],
  ['postgres://u@/db?host=/socket', '/socket:5432/db', true],
  ['postgres:///d?host=/tmp&port=7', '/tmp:7/d', true],
  ['postgres://%2Ftmp/d', '/tmp:5432/d', true],
  ['postgres://[::1]:5/d', '::1:5/d', false],
  ['postgres://u@h', 'h:5432/u', false],
  ['postgres://', 'localhost:5432/me', false],
  ['host=h port=7 user=u', 'h:7/u', false],
  ["  host = h\n dbname='my db' ", 'h:5432/my db', false],
  ['hostaddr=10.0.0.7 dbname=d', '10.0.0.7:5432/d', false],
])('%s is at %s', (url, described, unixSocket) => {
  const address = parse(url);
  expect(describeAddress(address)).toBe(described);
  expect(isUnixSocket(address)).toBe(unixSocket);
});

test.each([
  ['postgres://u@h/d?password=a+b', 'a+b'],
  ['postgres://u:a%2Bb%20c@h/d', 'a+b c'],
  [String.raw`host=h password='it\'s a \\'`, String.raw`it's a \ `.trim()],
  [String.raw`password=a\ b host=h`, 'a b'],
  ["host=h password=''", null],
  ['host=h user=u password=first password=last', 'last'],
])('the password of %s is taken literally', (text, password) => {
  expect(parse(text).password).toBe(password);
});

test('several hosts are tried in order, each with its port and its line of the password file', () => {
  const around = on({}, { '/home/me/.pgpass': '# mine\nb:7:*:u:of\\:b\n*:*:d:u:of others\n' });
  const places = (text: string) => parseSource(text, around).addresses.map(({ host, port, password }) => `${host} ${port} ${password}`);
  expect(places('postgres://u@a:6,b:7,[::1]/d')).toEqual(['a 6 of others', 'b 7 of:b', '::1 5432 of others']);
  expect(places('host=a,b port=7 user=u dbname=d')).toEqual(['a 7 of others', 'b 7 of:b']);
  expect(places('host=a,b hostaddr=10.0.0.1,10.0.0.2 user=u dbname=d')).toEqual(['a 5432 of others', 'b 5432 of others']);
  expect(() => places('host=a,b,c port=1,2')).toThrow(/^BAD_ARGUMENT: the source has 3 hosts, 0 hostaddr and 2 ports\./);
});

test.each([
  ['any', 'any'],
  ['read-write', 'primary'],
  ['primary', 'primary'],
  ['read-only', 'standby'],
  ['standby', 'standby'],
  ['prefer-standby', 'prefer-standby'],
])('target_session_attrs=%s asks for %s', (attributes, wanted) => {
  expect(parseSource(`postgres://a,b/d?target_session_attrs=${attributes}`, on()).wanted).toBe(wanted);
});

test('missing parts of the string come from the service, then the environment, then files and defaults', () => {
  const files = {
    '/home/me/.pg_service.conf': '[other]\nhost=no\n\n# ours\n[shop]\nhost=db\nport=7\nuser=of_service\n',
    '/home/me/.pgpass': '*:*:*:of_url:secret',
    '/home/me/.postgresql/root.crt': 'x',
  };
  const env = { PGHOST: 'env', PGUSER: 'env', PGDATABASE: 'of_env', PGSSLMODE: 'require', PGCONNECT_TIMEOUT: '3' };
  expect(parse('service=shop user=of_url', on(env, files))).toMatchObject({
    host: 'db',
    port: 7,
    user: 'of_url',
    database: 'of_env',
    password: 'secret',
    tls: 'require',
    caFile: '/home/me/.postgresql/root.crt',
    connectTimeoutMs: 3000,
  });
  expect(parse('postgres://', on({ PGSERVICE: 'shop' }, files)).host).toBe('db');
  expect(parse('postgres://', on({ PGSERVICE: 'x', PGSERVICEFILE: '/s' }, { '/s': '[x]\nhost=there' })).host).toBe('there');
  expect(() => parse('service=none', on(env, files))).toThrow(
    /^BAD_ARGUMENT: the service "none" of the source is not defined in any file\. Files searched: /,
  );
});

test('the password file is the one that is named, and one that others may read is not taken, which is said when it is asked for', () => {
  const files = { '/p': 'localhost:5432:d:u:pw', '/home/me/.pgpass': '*:*:*:*:other' };
  for (const around of [on({}, files), on({ PGPASSFILE: '/home/me/.pgpass' }, files)])
    expect(parse('host=/tmp user=u dbname=d passfile=/p', around).password).toBe('pw');
  expect(parse('host=h user=u dbname=d', on({ PGPASSFILE: '/p' }, files)).password).toBeNull();
  expect(parse('host=localhost user=u dbname=d', on({ PGPASSFILE: '/p' }, files, true))).toMatchObject({
    password: null,
    passwordTrouble: expect.stringContaining('/p is ignored, because other users can read it'),
  });
  expect(parse('host=localhost user=u dbname=d password=x', on({ PGPASSFILE: '/p' }, files, true)).passwordTrouble).toBeNull();
});

test('without a host the socket of this machine is taken where there is one', () => {
  expect(parse('dbname=d', on({}, { '/var/run/postgresql/.s.PGSQL.5432': '' })).host).toBe('/var/run/postgresql');
  expect(parse('dbname=d port=7', on({}, { '/tmp/.s.PGSQL.7': '', '/var/run/postgresql/.s.PGSQL.5432': '' })).host).toBe('/tmp');
});

test('a name may stand beside the address that is connected to', () => {
  expect(parse('postgres://db.example/d?hostaddr=10.0.0.7')).toMatchObject({ host: 'db.example', hostAddress: '10.0.0.7' });
});

test.each([
  ['sslrootcert=system', 'verify-full'],
  ['sslmode=allow', 'allow'],
  ['', 'prefer'],
])('with %s the mode is %s', (parameters, tls) => {
  expect(parse(`host=h ${parameters}`).tls).toBe(tls);
});

test.each([
  ['postgres://h/d?schema=public', /has "schema" that is not a connection parameter of libpq\. Remove it/],
  ['postgres://h/d?sslmode=no-verify', /has sslmode=no-verify, which tailrace does not support\. Use one of: disable, allow, prefer, /],
  ['postgres://h/d?requirepeer=postgres', /has requirepeer=postgres, which tailrace does not support\. Remove requirepeer\./],
  ['postgres://h/d?channel_binding=require', /channel_binding=require/],
  ['host=h require_auth=scram-sha-256', /require_auth=scram-sha-256/],
  ['host=h gssencmode=require', /gssencmode=require/],
  ['host=h target_session_attrs=master', /target_session_attrs=master/],
  ['host=h sslrootcert=system sslmode=require', /sslrootcert=system with sslmode=require\. Anyone can get a certificate/],
  ['host=h sslnegotiation=direct', /sslnegotiation=direct with sslmode=prefer/],
  ['host=@name', /names an abstract socket/],
])('%s is refused by name', (text, message) => {
  expect(() => parse(text)).toThrow(message);
});

test('what the environment asks and cannot be done is refused by name too', () => {
  expect(() => parse('host=h', on({ PGREQUIREPEER: 'postgres' }))).toThrow(/^BAD_ARGUMENT: the environment has requirepeer=postgres/);
});

test.each([
  'mysql://u:secret@h/d',
  'secret',
  'postgres://u:secret@h:99999/d',
  'postgres://u:secr%et@h/d',
  'postgres://u:secret@h/d?sslmode=yes',
  'postgres://u:secret@h/d?port=x',
  'postgres://u:pa/secret@h/d',
  'postgres://u:7/secret@h/d',
  'postgres://u:pa@secret@h/d',
  'postgres://u:secret@h/d?password=a=secret',
  'host=h password=my secret',
  'host=h password=my secret=7',
  "host=h password='secret",
  'host=h sslpassword=my secret=7',
])('%s is BAD_ARGUMENT without the password', (url) => {
  expect(() => parse(url)).toThrow(/^BAD_ARGUMENT/);
  expect(() => parse(url)).not.toThrow(/secr/);
});
