/** Keywords for objects. Source: JSON Schema Core, draft 2020-12, section 10.3.2, and Validation, section 6.5. */
import { isRecord, type Keyword, type Node, type RawSchema } from "./contract.ts";
import type { Pattern } from "./patterns.ts";
import type { Evaluated, Run } from "./run.ts";

/** Properties that an object may be asked to have at least. */
const mostAsked = 10_000;

/** For objects alone. */
const forObjects =
  (check: (value: RawSchema, run: Run, into: Evaluated | null) => boolean) =>
  (value: unknown, run: Run, into: Evaluated | null): boolean =>
    !isRecord(value) || check(value, run, into);

/** Holds one property to a schema. */
function property(node: Node, value: RawSchema, key: string, run: Run, into: Evaluated | null): boolean {
  into?.properties.add(key);
  return run.under(key, () => node.holds(value[key], run, null));
}

const lacks = (value: RawSchema, names: readonly string[], run: Run): string | undefined => {
  run.steps.take(names.length);
  return names.find((name) => !Object.hasOwn(value, name));
};

const sized =
  (holds: (size: number, limit: number) => boolean, words: string, most?: number): Keyword =>
  (given, at) => {
    const limit = at.count(given, most);
    return forObjects((value, run) => {
      const { length } = Object.keys(value);
      return holds(length, limit) || run.fail(`has ${length} properties, and ${words} ${limit} are allowed`);
    });
  };

/** Whether `properties` or `patternProperties` speak of a property. */
function named(schema: RawSchema, patterns: readonly Pattern[]): (key: string, run: Run) => boolean {
  const known = isRecord(schema["properties"]) ? schema["properties"] : {};
  return (key, run) => Object.hasOwn(known, key) || patterns.some((pattern) => pattern(key, run.steps));
}

export const objectKeywords: Readonly<Record<string, Keyword>> = {
  properties: (given, at) => {
    const nodes = at.members(given).map(([key, schema]) => [key, at.within(schema, key)] as const);
    return forObjects((value, run, into) => {
      run.steps.take(nodes.length);
      let holds = true;
      for (const [key, node] of nodes) {
        if (Object.hasOwn(value, key)) holds = property(node, value, key, run, into) && holds;
      }
      return holds;
    });
  },
  patternProperties: (given, at) => {
    const nodes = at
      .members(given)
      .map(([source, schema]) => [at.pattern(source), at.within(schema, source)] as const);
    return forObjects((value, run, into) => {
      let holds = true;
      for (const key of Object.keys(value)) {
        for (const [pattern, node] of nodes) {
          if (pattern(key, run.steps)) holds = property(node, value, key, run, into) && holds;
        }
      }
      return holds;
    });
  },
  additionalProperties: (given, at) => {
    const node = at.within(given);
    const { patternProperties } = at.schema;
    const patterns = isRecord(patternProperties)
      ? Object.keys(patternProperties).map((one) => at.pattern(one))
      : [];
    const isNamed = named(at.schema, patterns);
    return forObjects((value, run, into) => {
      let holds = true;
      for (const key of Object.keys(value)) {
        run.steps.take(1);
        if (!isNamed(key, run)) holds = property(node, value, key, run, into) && holds;
      }
      return holds;
    });
  },
  required: (given, at) => {
    const names = at.names(given);
    return forObjects((value, run) => {
      const missing = lacks(value, names, run);
      return missing === undefined || run.fail(`lacks the property ${missing}`);
    });
  },
  minProperties: sized((size, limit) => size >= limit, "no fewer than", mostAsked),
  maxProperties: sized((size, limit) => size <= limit, "at most"),
  propertyNames: (given, at) => {
    const node = at.within(given);
    return forObjects((value, run) => {
      let holds = true;
      for (const key of Object.keys(value)) {
        holds = run.under(key, () => node.holds(key, run, null)) && holds;
      }
      return holds;
    });
  },
  dependentRequired: (given, at) => {
    const all = at.members(given).map(([key, names]) => [key, at.names(names)] as const);
    return forObjects((value, run) =>
      all.every(([key, names]) => {
        const missing = Object.hasOwn(value, key) ? lacks(value, names, run) : undefined;
        return missing === undefined || run.fail(`has the property ${key}, and lacks ${missing}`);
      }),
    );
  },
  dependentSchemas: (given, at) => {
    const nodes = at.members(given).map(([key, schema]) => [key, at.here(schema, key)] as const);
    return forObjects((value, run, into) =>
      nodes.every(([key, node]) => !Object.hasOwn(value, key) || node.holds(value, run, into)),
    );
  },
  // What draft 7 had for both.
  dependencies: (given, at) => {
    const checks = at.members(given).map(([key, asked]) => {
      const names = Array.isArray(asked) ? at.names(asked) : null;
      const node = names === null ? at.here(asked, key) : null;
      return forObjects((value, run, into) => {
        if (!Object.hasOwn(value, key)) return true;
        if (node !== null) return node.holds(value, run, into);
        const missing = lacks(value, names ?? [], run);
        return missing === undefined || run.fail(`has the property ${key}, and lacks ${missing}`);
      });
    });
    return (value, run, into) => checks.every((check) => check(value, run, into));
  },
  unevaluatedProperties: (given, at) => {
    const node = at.within(given);
    at.node.asks = true;
    return forObjects((value, run, into) => {
      let holds = true;
      for (const key of Object.keys(value)) {
        if (into?.properties.has(key) === true) continue;
        holds = property(node, value, key, run, into) && holds;
      }
      return holds;
    });
  },
};
