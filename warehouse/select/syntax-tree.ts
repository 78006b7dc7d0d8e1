/** A line of EXPLAIN AST. */
interface TreeNode {
  readonly depth: number;
  /** `TableIdentifier`, `Function` … */
  readonly kind: string;
  /** What follows the kind, without its alias and the number of its children. */
  readonly text: string;
  readonly alias: string | null;
}

/** A statement, as the engine's parser understands it. */
export class SyntaxTree {
  readonly #nodes: readonly TreeNode[];

  /** Lines of EXPLAIN AST. */
  constructor(lines: readonly string[]) {
    this.#nodes = lines.map(parseLine);
  }

  /** The kind of the statement: `CreateQuery`; a SELECT has one, too. */
  root(): string {
    return this.#nodes[0]?.kind ?? '';
  }

  /** Texts of the nodes of a kind that stand right below the root. */
  belowRoot(kind: string): string[] {
    return this.#nodes.filter((node) => node.depth === 1 && node.kind === kind).map(({ text }) => text);
  }

  has(kind: string): boolean {
    return this.#nodes.some((node) => node.kind === kind);
  }

  /** Texts of all nodes of a kind, in the order of the tree. */
  texts(kind: string): string[] {
    return this.#nodes.filter((node) => node.kind === kind).map(({ text }) => text);
  }

  aliases(): Set<string> {
    return new Set(this.#nodes.flatMap(({ alias }) => alias ?? []));
  }

  /** Names of functions that stand where a table could. */
  tableFunctions(): string[] {
    return this.#nodes
      .filter(({ kind }, at) => kind === 'Function' && this.#nodes[at - 1]?.kind === 'TableExpression')
      .map(({ text }) => text);
  }

  /** Names that are columns: every identifier but those before `.*`. */
  columns(): string[] {
    return this.#nodes
      .filter(({ kind }, at) => kind === 'Identifier' && this.#nodes[at - 1]?.kind !== 'QualifiedAsterisk')
      .map(({ text }) => text);
  }

  /** Names to the right of IN and its kin, where they may mean a table. */
  namesAfterIn(): string[] {
    return this.#nodes.flatMap(({ kind, text, depth }, at) => {
      if (kind !== 'Function' || !IN.test(text)) return [];
      const below = this.#nodes.slice(at + 1);
      const end = below.findIndex((node) => node.depth <= depth);
      const list = (end === -1 ? below : below.slice(0, end)).filter((node) => node.depth === depth + 2);
      const right = list[1];
      return right?.kind === 'Identifier' ? [right.text] : [];
    });
  }
}

/** `in`, `notIn`, `globalNotNullInIgnoreSet` … */
const IN = /^(?:global)?(?:not)?(?:null)?in(?:ignoreset)?$/i;

function parseLine(line: string): TreeNode {
  const [, blanks = '', kind = '', rest = ''] = /^( *)(\S+) ?([\s\S]*)$/.exec(line) ?? [];
  const [, text = '', alias = null] = /^([\s\S]*?)(?: ?\(alias ([\s\S]*?)\))?(?: ?\(children \d+\))?$/.exec(rest) ?? [];
  return { depth: blanks.length, kind, text, alias };
}
