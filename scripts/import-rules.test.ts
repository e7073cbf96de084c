import { describe, expect, it } from "vitest";
import { violation } from "./import-rules.ts";
import { importsOf } from "./imports.ts";

const worker = (path: string): string => `apps/worker/src/${path}`;

describe("between the worker's domains", () => {
  it("lets a higher domain import a lower one through its index", () => {
    expect(violation(worker("agents/turns/run.ts"), "../../models/index.ts")).toBeNull();
    expect(violation(worker("http/app.ts"), "../interop/index.ts")).toBeNull();
  });

  it("refuses a lower domain that imports a higher one", () => {
    expect(violation(worker("models/gateway.ts"), "../agents/index.ts")).toContain("may not import");
    expect(violation(worker("security/jwt.ts"), "../http/index.ts")).toContain("may not import");
  });

  it("refuses leaves that import each other", () => {
    expect(violation(worker("interop/mcp/x.ts"), "../../applications/index.ts")).toContain("may not import");
  });

  it("refuses another domain's inner files, except in tests", () => {
    expect(violation(worker("agents/run.ts"), "../models/contract.ts")).toContain("index.ts only");
    expect(violation(worker("agents/run.test.ts"), "../models/contract.ts")).toBeNull();
  });

  it("knows a folder of the same name inside the importer's own domain from the domain", () => {
    expect(violation(worker("agents/tools/fetch/get.ts"), "../http/reader.ts")).toBeNull();
  });

  it("asks for a place when a domain is new", () => {
    expect(violation(worker("billing/x.ts"), "../models/index.ts")).toContain("not a known domain");
  });

  it("lets the wiring at the top import anything", () => {
    expect(violation(worker("worker.ts"), "./agents/agent-object.ts")).toBeNull();
  });
});

describe("between workspaces", () => {
  it("keeps packages/local free of Orrery and packages/client to the protocol", () => {
    expect(violation("packages/local/src/launch.ts", "@orrery/protocol")).toContain("no other workspace");
    expect(violation("packages/client/src/x.ts", "@orrery/protocol")).toBeNull();
    expect(violation("packages/client/src/x.ts", "@orrery/local")).toContain("not @orrery/local");
    expect(violation("apps/console/src/x.ts", "@orrery/client/svelte")).toBeNull();
  });

  it("refuses a path that leaves the workspace", () => {
    expect(violation("packages/cli/src/x.ts", "../../local/src/index.ts")).toContain("by its name");
  });

  it("lets test folders share what tests stand on", () => {
    expect(violation("packages/cli/test/x.test.ts", "../../client/test/wire-server.ts")).toBeNull();
    expect(violation("apps/console/test/x.test.ts", "../../../test/platform/platform.ts")).toBeNull();
    expect(violation("packages/cli/test/x.test.ts", "../../client/src/agents.ts")).toContain("by its name");
    expect(violation("packages/cli/src/x.test.ts", "../../client/test/wire-server.ts")).toContain(
      "by its name",
    );
  });

  it("does not hold other packages to anything", () => {
    expect(violation("packages/local/src/launch.ts", "miniflare")).toBeNull();
    expect(violation("scripts/check.ts", "@orrery/local")).toBeNull();
  });
});

describe("reading a file", () => {
  it("finds every way to import: values, types, re-exports, on demand, and in a type", () => {
    const source = `
      import "./side.ts";
      import type { A } from "./a.ts";
      export { b } from "./b.ts";
      export * from "./c.ts";
      const d = await import("./d.ts");
      type E = import("./e.ts").E;
      // import "./comment.ts";
    `;
    expect(importsOf("x.ts", source).toSorted()).toEqual([
      "./a.ts",
      "./b.ts",
      "./c.ts",
      "./d.ts",
      "./e.ts",
      "./side.ts",
    ]);
  });

  it("reads the scripts of a Svelte component", () => {
    const source = `<script lang="ts">import X from "./x.svelte";</script>\n<p>import "./text.ts"</p>`;
    expect(importsOf("y.svelte", source)).toEqual(["./x.svelte"]);
  });
});
