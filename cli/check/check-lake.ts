import { rmdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Config } from '../../core/config.ts';
import { CONTROL_PREFIX, LAKE_KEY } from '../../lake/keys.ts';
import { openLake } from '../../lake/lake-identity.ts';
import { probeStore } from '../../lake/store/open-store.ts';
import type { SqlConnection } from '../../postgres/session/connect.ts';
import { identifySystem } from '../../postgres/session/system.ts';
import { withStore } from '../ends.ts';

/**
 * Throws LAKE_… unless the lake can be written and belongs to this source or does not exist yet.
 * Leaves nothing behind, not even an empty folder.
 */
export async function requireLake(config: Pick<Config, 'lake' | 's3PathStyle'>, connection: SqlConnection): Promise<void> {
  await withStore(config, async (store) => {
    if ((await store.get(LAKE_KEY)) !== null) await openLake(store, await identifySystem(connection));
    const { location } = store;
    const folders = location.kind === 'directory' ? await missingFolders(join(location.path, CONTROL_PREFIX)) : [];
    try {
      await probeStore(store);
    } finally {
      // Innermost first. A folder that is not empty is used by another process by now.
      for (const folder of folders) await rmdir(folder).catch(() => undefined);
    }
  });
}

/** The folders of a path that are not there, innermost first. */
async function missingFolders(path: string): Promise<string[]> {
  const there = await stat(path).then(
    () => true,
    () => false,
  );
  return there || dirname(path) === path ? [] : [path, ...(await missingFolders(dirname(path)))];
}
