/** Checks every import of the workspaces against `import-rules.ts`. Prints one line for each violation. */
import { globSync, readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { parseSync, Visitor } from "oxc-parser";
import { violation } from "./import-rules.ts";

/** The modules that a TypeScript file or the scripts of a Svelte component name, each once. */
export function importsOf(path: string, source: string): string[] {
  if (path.endsWith(".svelte")) {
    const scripts = [...source.matchAll(/<script[^>]*>([\s\S]*?)<\/script>/g)].map((match) => match[1] ?? "");
    return [...new Set(scripts.flatMap((script) => importsOf(`${path}.ts`, script)))];
  }
  const { program, errors } = parseSync(path, source);
  if (errors.length > 0) throw new SyntaxError(`${path}: ${errors[0]?.message ?? "cannot be parsed"}`);
  const found = new Set<string>();
  const add = (node: { source: unknown }): void => {
    const literal = node.source as { type: string; value?: unknown } | null;
    if (literal?.type === "Literal" && typeof literal.value === "string") found.add(literal.value);
  };
  new Visitor({
    ImportDeclaration: add,
    ExportNamedDeclaration: add,
    ExportAllDeclaration: add,
    ImportExpression: add,
    TSImportType: add,
  }).visit(program);
  return [...found];
}

function main(): void {
  const built = /(?:^|\/)(?:node_modules|dist|build|\.svelte-kit)(?:\/|$)/;
  const files = globSync("{apps,packages}/**/*.{ts,mts,svelte}", { exclude: (path) => built.test(path) });
  const found = files.flatMap((path) =>
    importsOf(path, readFileSync(path, "utf8")).flatMap((specifier) => {
      const reason = violation(path, specifier);
      return reason === null ? [] : [`${path}: imports "${specifier}": ${reason}`];
    }),
  );
  for (const line of found) console.error(line);
  console.log(`${files.length} files, ${found.length} forbidden imports`);
  if (found.length > 0) process.exitCode = 1;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) main();
