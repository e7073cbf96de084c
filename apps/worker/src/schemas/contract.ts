/** A schema as it is read, and what its keywords are made with. */
import { canonicalText } from "./canonical-text.ts";
import type { Pattern } from "./patterns.ts";
import { Evaluated, pointerOf, type Check, type Run } from "./run.ts";
import { Steps } from "./steps.ts";

export type RawSchema = Readonly<Record<string, unknown>>;

export const isRecord = (value: unknown): value is RawSchema =>
  typeof value === "object" && value !== null && !Array.isArray(value);

type Path = readonly (string | number)[];

/** Why a schema cannot be used, and where in it. */
export class SchemaRefused extends Error {
  constructor(path: Path, reason: string) {
    super(`${path.length === 0 ? "the schema" : pointerOf(path)}: ${reason}`);
    this.name = "SchemaRefused";
  }
}

/** Makes the check of one keyword; null where the keyword is read by another one, or narrows nothing. */
export type Keyword = (given: unknown, at: Place) => Check | null;

/** A schema that values are held to. */
export class Node {
  checks: Check[] = [];
  /** Whether it asks what was evaluated. */
  asks = false;
  /** Schemas that the same value is held to, and those for what lies in it. */
  readonly same: Node[] = [];
  readonly inner: Node[] = [];

  holds(value: unknown, run: Run, into: Evaluated | null): boolean {
    return run.deeper(() => {
      const own = this.asks ? new Evaluated() : into;
      let holds = true;
      for (const check of this.checks) {
        if (!check(value, run, own)) holds = false;
        if (!holds && run.isQuiet) return false;
      }
      if (holds && own !== null && own !== into) into?.add(own);
      return holds;
    });
  }
}

/** Steps in which a value of a schema is read. */
const constantSteps = 1_000_000;

/** What finds or makes the nodes of a schema's parts. */
export interface Nodes {
  node(schema: unknown, path: Path): Node;
  /** @throws SchemaRefused for a reference that leads nowhere, or out of the schema */
  referred(reference: string, path: Path): Node;
  pattern(source: string, path: Path): Pattern;
}

/** One keyword of one schema. Its methods read what it was given. @throws SchemaRefused for anything else */
export class Place {
  readonly schema: RawSchema;
  readonly node: Node;
  readonly #nodes: Nodes;
  readonly #path: Path;

  constructor(nodes: Nodes, node: Node, schema: RawSchema, path: Path) {
    this.#nodes = nodes;
    this.node = node;
    this.schema = schema;
    this.#path = path;
  }

  refuse(reason: string): never {
    throw new SchemaRefused(this.#path, reason);
  }

  /** A schema for the same value. */
  here(schema: unknown, ...keys: Path): Node {
    const node = this.#nodes.node(schema, [...this.#path, ...keys]);
    this.node.same.push(node);
    return node;
  }

  /** A schema for the same value, under another keyword of the same schema. */
  beside(schema: unknown, keyword: string): Node {
    const node = this.#nodes.node(schema, [...this.#path.slice(0, -1), keyword]);
    this.node.same.push(node);
    return node;
  }

  /** A schema for what lies in the value. */
  within(schema: unknown, ...keys: Path): Node {
    const node = this.#nodes.node(schema, [...this.#path, ...keys]);
    this.node.inner.push(node);
    return node;
  }

  referred(reference: unknown): Node {
    const node = this.#nodes.referred(this.text(reference), this.#path);
    this.node.same.push(node);
    return node;
  }

  pattern(source: string): Pattern {
    return this.#nodes.pattern(source, this.#path);
  }

  /** A value that others are compared with. */
  canonical(value: unknown): string {
    return canonicalText(value, new Steps(constantSteps));
  }

  text(given: unknown): string {
    return typeof given === "string" ? given : this.refuse("expected a text");
  }

  number(given: unknown): number {
    return typeof given === "number" ? given : this.refuse("expected a number");
  }

  /** A number of things that a value has: `least` where it is to have that many, so that answers stay makeable. */
  count(given: unknown, most = Number.POSITIVE_INFINITY): number {
    const count = this.number(given);
    if (!Number.isInteger(count) || count < 0) this.refuse("expected a whole number that is not negative");
    if (count > most) this.refuse(`an answer can be asked for ${most} at least, and not for ${count}`);
    return count;
  }

  names(given: unknown): string[] {
    if (!Array.isArray(given)) return this.refuse("expected a list of names");
    return given.map((name) => this.text(name));
  }

  list(given: unknown): unknown[] {
    return Array.isArray(given) && given.length > 0 ? given : this.refuse("expected a list of schemas");
  }

  members(given: unknown): [string, unknown][] {
    return isRecord(given) ? Object.entries(given) : this.refuse("expected an object");
  }
}
