import { describe, expect, it } from "vitest";
import { checkNode } from "./command.ts";

describe("the Node.js that the platform needs", () => {
  it.each(["22.13.0", "22.22.1", "24.0.0"])("is there: %s", (version) => {
    expect(() => checkNode(version)).not.toThrow();
  });

  it.each(["20.20.2", "22.12.0"])("is named where it is not: %s", (version) => {
    expect(() => checkNode(version)).toThrow(
      `The platform needs Node.js 22.13 or newer; this is ${version}.`,
    );
  });
});
