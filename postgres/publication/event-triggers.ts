import type { SqlConnection } from '../session/connect.ts';

/**
 * An event trigger of the database that runs when we connect, or create and alter our publications.
 */
export interface EventTrigger {
  /** Quoted as in SQL. */
  readonly name: string;
  readonly event: string;
  /** `schema.function()`, as regprocedure prints it. */
  readonly function: string;
  /** Its name without the schema, as in the context of an error. */
  readonly functionName: string;
}

const TAGS = `array['CREATE PUBLICATION', 'ALTER PUBLICATION', 'DROP PUBLICATION']`;

/** Reads the enabled ones. A login trigger (17 and later) has no tags. */
export async function readEventTriggers(connection: Pick<SqlConnection, 'query'>): Promise<EventTrigger[]> {
  return connection.query<EventTrigger>(
    `select quote_ident(e.evtname) as name, e.evtevent as event, e.evtfoid::regprocedure::text as function, f.proname as "functionName"
     from pg_event_trigger e join pg_proc f on f.oid = e.evtfoid
     where e.evtenabled in ('O', 'A') and e.evtevent in ('ddl_command_start', 'ddl_command_end', 'sql_drop', 'login')
       and (e.evttags is null or e.evttags && ${TAGS})
     order by 1`,
  );
}
