/** From a JSON Schema (draft 2020-12, and what draft 7 wrote otherwise) to checks that can be run. */
import { arrayKeywords } from "./arrays.ts";
import { combiningKeywords } from "./combining.ts";
import { isRecord, type Keyword, Node, Place, type RawSchema, SchemaRefused } from "./contract.ts";
import { objectKeywords } from "./objects.ts";
import { type Pattern, type PatternCompiler, PatternRefused } from "./patterns.ts";
import { scalarKeywords } from "./scalars.ts";

type Path = readonly (string | number)[];

/** Schemas that one may come to where each of its references stands for what it refers to. */
const mostUnfolded = 100_000;

/** Schemas that are gone through to the innermost. */
const deepest = 2_000;

/** In the order in which they are checked: what was not evaluated shows when everything else has been. */
const keywords: readonly (readonly [name: string, keyword: Keyword])[] = Object.entries({
  ...scalarKeywords,
  ...combiningKeywords,
  ...objectKeywords,
  ...arrayKeywords,
}).toSorted(([x], [y]) => Number(x.startsWith("unevaluated")) - Number(y.startsWith("unevaluated")));

/** Keywords that change what others mean, in ways that are not followed here. */
const notFollowed = ["$dynamicRef", "$recursiveRef"] as const;

/** @throws SchemaRefused */
export function readSchema(schema: unknown, patterns: PatternCompiler): Node {
  const root = new Reader(schema, patterns).read();
  assertEnds(root);
  assertFits(root);
  return root;
}

class Reader {
  readonly #root: unknown;
  readonly #compiler: PatternCompiler;
  readonly #patterns = new Map<string, Pattern>();
  readonly #nodes = new Map<unknown, Node>();
  /** Schemas whose keywords were not read yet: no schema is read within another one, however deep it lies. */
  readonly #waiting: { node: Node; schema: RawSchema; path: Path }[] = [];

  constructor(root: unknown, compiler: PatternCompiler) {
    this.#root = root;
    this.#compiler = compiler;
  }

  read(): Node {
    const root = this.node(this.#root, []);
    for (let next = this.#waiting.pop(); next !== undefined; next = this.#waiting.pop()) this.#fill(next);
    return root;
  }

  /** The same schema is one node, however often it is referred to. */
  node(schema: unknown, path: Path): Node {
    const known = this.#nodes.get(schema);
    if (known !== undefined) return known;
    const node = new Node();
    this.#nodes.set(schema, node);
    if (schema === false) node.checks = [(_, run) => run.fail("is not allowed")];
    else if (isRecord(schema)) this.#waiting.push({ node, schema, path });
    else if (schema !== true) throw new SchemaRefused(path, "expected a schema");
    return node;
  }

  referred(reference: string, path: Path): Node {
    if (reference !== "#" && !reference.startsWith("#/")) {
      throw new SchemaRefused(path, "a reference must be to a place in this schema, such as #/$defs/name");
    }
    const keys = reference === "#" ? [] : reference.slice(2).split("/").map(decoded);
    const target = keys.reduce<unknown>((outer, key) => memberOf(outer, key), this.#root);
    if (target === undefined) throw new SchemaRefused(path, `the reference ${reference} leads nowhere`);
    return this.node(target, keys);
  }

  pattern(source: string, path: Path): Pattern {
    const known = this.#patterns.get(source);
    if (known !== undefined) return known;
    try {
      const pattern = this.#compiler.compile(source);
      this.#patterns.set(source, pattern);
      return pattern;
    } catch (cause) {
      if (cause instanceof PatternRefused) throw new SchemaRefused(path, cause.message);
      throw cause;
    }
  }

  #fill({ node, schema, path }: { node: Node; schema: RawSchema; path: Path }): void {
    for (const name of notFollowed) {
      if (Object.hasOwn(schema, name)) throw new SchemaRefused([...path, name], "is not followed here");
    }
    for (const [name, keyword] of keywords) {
      if (!Object.hasOwn(schema, name)) continue;
      const check = keyword(schema[name], new Place(this, node, schema, [...path, name]));
      if (check !== null) node.checks.push(check);
    }
  }
}

function memberOf(outer: unknown, key: string): unknown {
  if (Array.isArray(outer)) return outer[Number(key)] as unknown;
  return isRecord(outer) && Object.hasOwn(outer, key) ? outer[key] : undefined;
}

/** A step of a JSON pointer (RFC 6901) in a URI's fragment. */
function decoded(step: string): string {
  try {
    return decodeURIComponent(step).replaceAll("~1", "/").replaceAll("~0", "~");
  } catch {
    // Stray percent signs: the step as it stands.
    return step;
  }
}

function refuseDepth(depth: number): void {
  if (depth > deepest) throw new SchemaRefused([], "its references follow too many others");
}

/** @throws SchemaRefused where holding a value to it would come to holding the same value to it again */
function assertEnds(node: Node, above = new Set<Node>(), done = new Set<Node>(), depth = 0): void {
  refuseDepth(depth);
  if (above.has(node)) throw new SchemaRefused([], "it refers to itself without an end");
  if (done.has(node)) return;
  done.add(node);
  above.add(node);
  for (const next of node.same) assertEnds(next, above, done, depth + 1);
  above.delete(node);
  for (const next of node.inner) assertEnds(next, new Set(), done, depth + 1);
}

/** @throws SchemaRefused where a few schemas that refer to each other many times stand for too many */
function assertFits(node: Node, sizes = new Map<Node, number>(), depth = 0): number {
  refuseDepth(depth);
  const known = sizes.get(node);
  if (known !== undefined) return known;
  // One that holds itself again is as large as a value makes it: its steps are counted then.
  sizes.set(node, 0);
  let size = 1;
  for (const next of [...node.same, ...node.inner]) size += assertFits(next, sizes, depth + 1);
  if (size > mostUnfolded) {
    throw new SchemaRefused([], `its references stand for more than ${mostUnfolded} schemas: leave out some`);
  }
  sizes.set(node, size);
  return size;
}
