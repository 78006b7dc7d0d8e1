/** A heading of CHANGELOG.md and what stands below it. */
interface Entry {
  /** `0.1.0`, or `Unreleased` */
  readonly name: string;
  /** What follows the name: `2026-11-30`, `not released`, or nothing. */
  readonly when: string;
  readonly body: string;
}

/** What CHANGELOG.md must say for a state of the repository. */
export interface ChangelogState {
  /** The version of package.json, as `0.1.0`. */
  readonly version: string;
  /** The tag that is being released, as `v0.1.0`; null between releases. */
  readonly tag: string | null;
}

/**
 * What is wrong with CHANGELOG.md, a sentence each; none when it fits. Entries are level-two
 * headings, newest first: `## Unreleased`, `## 0.2.0, 2026-12-24`, `## 0.1.0, not released`.
 */
export function changelogProblems(text: string, { version, tag }: ChangelogState): string[] {
  const entries = entriesOf(text);
  const released = entries.filter(({ name }) => name !== 'Unreleased');
  const own = released.find(({ name }) => name === version);
  const unreleased = entries.findIndex(({ name }) => name === 'Unreleased');
  const problems = [
    ...released.filter(({ name }) => !/^\d+\.\d+\.\d+$/.test(name)).map(({ name }) => `"${name}" is no version.`),
    ...released
      .filter(({ when }) => when !== 'not released' && !isDate(when))
      .map(({ name }) => `The entry of ${name} has neither a date (YYYY-MM-DD) nor "not released".`),
    ...entries.filter(({ body }) => body === '').map(({ name }) => `The entry ${name} is empty.`),
    ...released
      .slice(1)
      .flatMap(({ name }, at) => (isBefore(name, released[at]?.name ?? '') ? [] : [`${name} stands below an older version.`])),
  ];
  if (unreleased > 0) problems.push('Unreleased is not the first entry.');
  if (own === undefined) problems.push(`package.json has version ${version}, which has no entry.`);
  else if (own !== released[0]) problems.push(`package.json has version ${version}, but the newest entry is ${released[0]?.name}.`);
  if (tag !== null) {
    if (tag !== `v${version}`) problems.push(`The tag is ${tag}, but package.json has version ${version}.`);
    if (own?.when === 'not released') problems.push(`The entry of ${version} says "not released".`);
    if (unreleased >= 0) problems.push(`Unreleased has lines that belong to ${version}.`);
  }
  return problems;
}

/** The text below the heading of a version: the notes of its release. Empty if it has no entry. */
export function releaseNotes(text: string, version: string): string {
  return entriesOf(text).find(({ name }) => name === version)?.body ?? '';
}

function entriesOf(text: string): Entry[] {
  return text
    .split(/^## /m)
    .slice(1)
    .map((part) => {
      const [heading = '', ...lines] = part.split('\n');
      const [name = '', ...when] = heading.split(',');
      return { name: name.trim(), when: when.join(',').trim(), body: lines.join('\n').trim() };
    });
}

function isDate(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text));
}

/** Whether a version is older than another; pre-releases are not used. */
function isBefore(version: string, other: string): boolean {
  const [mine, theirs] = [version, other].map((text) => text.split('.').map(Number));
  const at = [0, 1, 2].find((index) => mine?.[index] !== theirs?.[index]);
  return at !== undefined && (mine?.[at] ?? 0) < (theirs?.[at] ?? 0);
}
