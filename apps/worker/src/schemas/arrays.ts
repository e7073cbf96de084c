/** Keywords for lists. Source: JSON Schema Core, draft 2020-12, section 10.3.1, and Validation, section 6.4. */
import { canonicalText } from "./canonical-text.ts";
import type { Keyword, Node, Place } from "./contract.ts";
import type { Evaluated, Run } from "./run.ts";

/** Items that a list may be asked to have at least. */
const mostAsked = 10_000;

/** For lists alone. */
const forLists =
  (check: (value: readonly unknown[], run: Run, into: Evaluated | null) => boolean) =>
  (value: unknown, run: Run, into: Evaluated | null): boolean =>
    !Array.isArray(value) || check(value, run, into);

function item(node: Node, value: readonly unknown[], at: number, run: Run, into: Evaluated | null): boolean {
  into?.items.add(at);
  return run.under(at, () => node.holds(value[at], run, null));
}

const sized =
  (holds: (size: number, limit: number) => boolean, words: string, most?: number): Keyword =>
  (given, at) => {
    const limit = at.count(given, most);
    return forLists(
      ({ length }, run) =>
        holds(length, limit) || run.fail(`has ${length} items, and ${words} ${limit} are allowed`),
    );
  };

const first = (given: unknown, at: Place): ReturnType<Keyword> => {
  const nodes = at.list(given).map((schema, index) => at.within(schema, index));
  return forLists((value, run, into) => {
    let holds = true;
    for (const [index, node] of nodes.slice(0, value.length).entries()) {
      holds = item(node, value, index, run, into) && holds;
    }
    return holds;
  });
};

/** All items from a place on. */
const rest = (given: unknown, at: Place, from: number): ReturnType<Keyword> => {
  const node = at.within(given);
  return forLists((value, run, into) => {
    let holds = true;
    for (let index = from; index < value.length; index += 1) {
      holds = item(node, value, index, run, into) && holds;
    }
    return holds;
  });
};

const sizeOf = (list: unknown): number => (Array.isArray(list) ? list.length : 0);

export const arrayKeywords: Readonly<Record<string, Keyword>> = {
  prefixItems: first,
  // A list of them is how draft 7 wrote `prefixItems`, and `additionalItems` was what `items` is now.
  items: (given, at) =>
    Array.isArray(given) ? first(given, at) : rest(given, at, sizeOf(at.schema["prefixItems"])),
  additionalItems: (given, at) =>
    Array.isArray(at.schema["items"]) ? rest(given, at, at.schema["items"].length) : null,
  contains: (given, at) => {
    const node = at.within(given);
    const { minContains, maxContains } = at.schema;
    const least = minContains === undefined ? 1 : at.count(minContains, mostAsked);
    const most = maxContains === undefined ? Number.POSITIVE_INFINITY : at.count(maxContains);
    return forLists((value, run, into) => {
      let found = 0;
      for (const [index, one] of value.entries()) {
        if (!run.quietly(() => node.holds(one, run, null))) continue;
        into?.items.add(index);
        found += 1;
      }
      return (
        (found >= least && found <= most) ||
        run.fail(`has ${found} items of a kind that it should have ${least} to ${most} of`)
      );
    });
  },
  minItems: sized((size, limit) => size >= limit, "no fewer than", mostAsked),
  maxItems: sized((size, limit) => size <= limit, "at most"),
  uniqueItems: (given) =>
    given === true
      ? forLists((value, run) => {
          const texts = new Set(value.map((one) => canonicalText(one, run.steps)));
          return texts.size === value.length || run.fail("has the same item twice");
        })
      : null,
  unevaluatedItems: (given, at) => {
    const node = at.within(given);
    at.node.asks = true;
    return forLists((value, run, into) => {
      let holds = true;
      for (let index = 0; index < value.length; index += 1) {
        if (into?.items.has(index) !== true) holds = item(node, value, index, run, into) && holds;
      }
      return holds;
    });
  },
};
