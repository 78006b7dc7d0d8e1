/** An image or action whose name lets its content change. */
export interface Floating {
  readonly line: number;
  readonly reference: string;
}

/** With major and minor, or the day of a base of Debian. */
const EXACT_TAG = /:(?:v?\d+\.\d+[\w.-]*|[a-z]+-\d{8}[\w-]*)$|@v\d+\.\d+\.\d+$/;
const DIGEST = /@(?:sha256:)?[0-9a-f]{40,64}$/;

/**
 * References of a Dockerfile, a compose file or a workflow that are not exact: no tag, `latest`, or
 * a bare major. Exact is a tag with major and minor, a digest, or the hash of a commit. Stages and
 * images that the same file builds are no references. Variables count with their defaults.
 */
export function floatingIn(text: string): Floating[] {
  const defaults = new Map([...text.matchAll(/^ARG (\w+)=(\S+)/gm)].map(([, name = '', value = '']) => [name, value]));
  const stages = new Set([...text.matchAll(/^FROM .* AS (\S+)/gim)].map(([, stage]) => stage));
  return text.split('\n').flatMap((line, at) => {
    const named = referenceIn(line);
    if (named === null) return [];
    const reference = named.replace(/\$\{?(\w+)(?::-([^}]*))?\}?/g, (_, name: string, ours?: string) => ours ?? defaults.get(name) ?? '');
    const exempt = stages.has(reference) || reference === 'scratch' || reference.startsWith('./') || isOurs(reference);
    return exempt || EXACT_TAG.test(reference) || DIGEST.test(reference) ? [] : [{ line: at + 1, reference }];
  });
}

function referenceIn(line: string): string | null {
  const [, from, copied, image, uses] =
    /^FROM (?:--\S+ )*(\S+)|^COPY --from=(\S+)|^\s+image: *["']?([^"'\s#]+)|^\s+(?:- )?uses: *["']?([^"'\s#]+)/.exec(line) ?? [];
  return from ?? copied ?? image ?? uses ?? null;
}

/** An image that the same tree builds has no version until it is released, but never `latest`. */
function isOurs(reference: string): boolean {
  return /^tailrace(?:-[a-z]+)*(?::(?!latest$)[\w.-]+)?$/.test(reference);
}
