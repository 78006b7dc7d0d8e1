import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from '../../docs/pages.ts';

/** Where the version of package.json is written again, and the pattern that finds it there. */
const PLACES: readonly (readonly [file: string, version: RegExp])[] = [
  ['package-lock.json', /"version": "([^"]+)"/],
  ['docker/Dockerfile', /^ARG VERSION=(\S+)$/m],
  ['deploy/helm/tailrace/Chart.yaml', /^version: "?([^"\s]+)"?$/m],
  ['deploy/helm/tailrace/Chart.yaml', /^appVersion: "?([^"\s]+)"?$/m],
];

/** A sentence for each file whose version is not the one of package.json. */
export function versionProblems(version: string): string[] {
  return PLACES.filter(([file]) => existsSync(path.join(ROOT, file))).flatMap(([file, pattern]) => {
    const [, named] = pattern.exec(readFileSync(path.join(ROOT, file), 'utf8')) ?? [];
    return named === version ? [] : [`${file} has version ${named ?? 'none'}, package.json ${version}.`];
  });
}
