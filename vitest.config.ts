import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Workspaces are read from their sources: nothing has to be built before it is tested. */
const resolve = { conditions: ["orrery-source", "module", "node", "import", "default"] };

/**
 * Tests whose parts are whole processes: launchers, browsers, models. They get minutes instead of
 * seconds, and run one file at a time so that a slow machine shows as slow and not as broken.
 */
const processes = { testTimeout: 120_000, hookTimeout: 180_000, fileParallelism: false };

const project = (name: string, test: { include: string[]; exclude?: string[] }, limits: object = {}) => ({
  resolve,
  ssr: { resolve },
  // The console's own extends what its build writes first.
  tsconfig: at("tsconfig.json"),
  test: {
    name,
    root: at("."),
    include: test.include,
    exclude: ["**/node_modules/**", "**/dist/**", "**/build/**", ...(test.exclude ?? [])],
    expect: { poll: { timeout: 10_000 } },
    ...limits,
  },
});

/** A workspace that brings its own runner (workerd, a DOM) brings its own configuration. */
const ownConfigs = ["apps/worker/vitest.config.ts", "apps/console/vitest.config.ts"].filter((path) =>
  existsSync(at(path)),
);

export default defineConfig({
  test: {
    projects: [
      project("unit", {
        include: [
          "{packages,apps}/*/src/**/*.test.ts",
          "test/**/*.unit.test.ts",
          "bench/{*,src/**/*}.test.ts",
          "scripts/**/*.test.ts",
        ],
        exclude: ["**/*.workerd.test.ts", "apps/console/**", "bench/peers/**"],
      }),
      ...ownConfigs,
      project("local", { include: ["packages/local/test/**/*.test.ts"] }, processes),
      project("cli", { include: ["packages/{cli,client}/test/**/*.test.ts"] }, processes),
      project("e2e", { include: ["test/e2e/**/*.test.ts"], exclude: ["**/*.unit.test.ts"] }, processes),
      project(
        "fuse",
        {
          include: ["test/fuse/**/*.test.ts", "apps/worker/test/redis/**/*.test.ts"],
          exclude: ["**/*.unit.test.ts"],
        },
        processes,
      ),
      project(
        "browser",
        { include: ["apps/console/test/**/*.test.ts"], exclude: ["**/accessibility.test.ts"] },
        processes,
      ),
      project("accessible", { include: ["apps/console/test/accessibility.test.ts"] }, processes),
      project("docs", { include: ["test/docs/**/*.test.ts"], exclude: ["**/*.unit.test.ts"] }, processes),
    ],
  },
});
