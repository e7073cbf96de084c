/** Keywords that put schemas together. Source: JSON Schema Core, draft 2020-12, sections 8.2 and 10.2. */
import type { Keyword, Node } from "./contract.ts";
import { Evaluated, type Run } from "./run.ts";

/** Tries a schema; what it evaluated counts only where the value follows it. */
function fits(node: Node, value: unknown, run: Run, into: Evaluated | null): boolean {
  const own = into && new Evaluated();
  const holds = run.quietly(() => node.holds(value, run, own));
  if (holds && own !== null) into?.add(own);
  return holds;
}

export const combiningKeywords: Readonly<Record<string, Keyword>> = {
  $ref: (given, at) => {
    const node = at.referred(given);
    return (value, run, into) => node.holds(value, run, into);
  },
  allOf: (given, at) => {
    const nodes = at.list(given).map((schema, index) => at.here(schema, index));
    return (value, run, into) => {
      let holds = true;
      for (const node of nodes) holds = node.holds(value, run, into) && holds;
      return holds;
    };
  },
  anyOf: (given, at) => {
    const nodes = at.list(given).map((schema, index) => at.here(schema, index));
    return (value, run, into) => {
      // Where someone wants to know what was evaluated, all that fit have a say in it.
      const fitting = nodes.filter((node) => fits(node, value, run, into));
      if (fitting.length > 0) return true;
      run.fail(`follows none of ${nodes.length} schemas`);
      for (const node of nodes) if (!run.isQuiet) node.holds(value, run, null);
      return false;
    };
  },
  oneOf: (given, at) => {
    const nodes = at.list(given).map((schema, index) => at.here(schema, index));
    return (value, run, into) => {
      const { length } = nodes.filter((node) => fits(node, value, run, into));
      if (length === 1) return true;
      run.fail(`follows ${length} of ${nodes.length} schemas, and should follow one`);
      for (const node of nodes) if (length === 0 && !run.isQuiet) node.holds(value, run, null);
      return false;
    };
  },
  not: (given, at) => {
    const node = at.here(given);
    return (value, run) => !fits(node, value, run, null) || run.fail("follows a schema that it should not");
  },
  if: (given, at) => {
    const condition = at.here(given);
    const branch = (name: string): Node | null =>
      at.schema[name] === undefined ? null : at.beside(at.schema[name], name);
    const [positive, negative] = [branch("then"), branch("else")];
    return (value, run, into) => {
      const node = fits(condition, value, run, into) ? positive : negative;
      return node === null || node.holds(value, run, into);
    };
  },
};
