import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';

/** What to say where it cannot be made. */
export const COMPILER_MISSING = 'there is no C compiler to build the missing link(2) with: apt-get install gcc';

/**
 * Environment of a process for which no file system has hard links: link(2) answers with the errno,
 * as the kernel does on FAT, exFAT and many FUSE mounts. Null without a C compiler.
 */
export function withoutHardLinks(folder: string, errno: 'EPERM' | 'EOPNOTSUPP' | 'ENOSYS'): Record<string, string> | null {
  const source = path.join(folder, `${errno}.c`);
  const library = path.join(folder, `${errno}.so`);
  writeFileSync(
    source,
    `#include <errno.h>
    int link(const char *from, const char *to) { errno = ${errno}; return -1; }
    int linkat(int a, const char *from, int b, const char *to, int flags) { errno = ${errno}; return -1; }\n`,
  );
  const built = spawnSync('cc', ['-shared', '-fPIC', '-o', library, source]);
  return built.status === 0 ? { LD_PRELOAD: library } : null;
}
