import { databases, hostName, port, salt } from '../config-value.ts';
import { optional, setting } from '../setting.ts';

/** Settings of the SQL endpoint of an embedded warehouse. */
export const sqlSettings = {
  sqlPort: optional(
    port,
    '8123, or a free one if it is in use',
    'port of the read-only SQL endpoint of an embedded warehouse; 0 picks a free one',
    ['compact'],
  ),
  sqlHost: setting(
    hostName,
    '127.0.0.1',
    'address that the SQL endpoint of an embedded warehouse listens on; an address that others can reach requires sqlToken',
    ['compact'],
  ),
  sqlToken: optional(
    salt,
    'none',
    'secret that the SQL endpoint requires: as the password of any user, in X-ClickHouse-Key, or as a bearer token',
    ['compact'],
  ),
  sqlWrites: optional(
    databases,
    'none: the endpoint is read-only',
    'databases in which user builder may write, for dbt (docs/DBT.md). It creates them itself; a database with tables of the source, models or a freeze is refused',
    ['compact', 'rebuild'],
  ),
  sqlWriteToken: optional(salt, 'none', 'password of user builder; required if sqlWrites is set', ['compact']),
};
