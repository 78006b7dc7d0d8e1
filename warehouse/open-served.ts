import { resolve } from 'node:path';
import { TailraceError } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import type { Engine } from './engine.ts';
import { readOwner } from './owner.ts';

/**
 * A reader of a warehouse that somebody serves: a server, or the endpoint of a directory's living
 * owner. It never opens a directory itself, so it cannot be in the way of an owner that starts.
 * Throws NOT_RUNNING when a directory has no owner, or its owner does not answer queries yet.
 */
export async function openServed(uri: string, log: Log): Promise<Engine> {
  // Only a reader that has something to ask needs the client.
  const { HttpEngine } = await import('./http-engine.ts');
  if (/^https?:\/\//i.test(uri)) return HttpEngine.open({ url: uri, log });
  const directory = resolve(uri);
  const owner = await readOwner(directory);
  if (owner === null || owner.endpoint === null) throw new TailraceError('NOT_RUNNING', `nobody serves the warehouse ${directory}`);
  return HttpEngine.open({ url: owner.endpoint, token: owner.token, log });
}
