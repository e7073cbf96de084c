import { describe, expect, test } from "vitest";
import { documentOf, readFields, written } from "./state-document.ts";

const json = (value: unknown) => documentOf(["string", JSON.stringify(value)]);

describe("a state in Redis is read as well as it can be", () => {
  test("as JSON of today's form", () => {
    const document = json({
      id: "planner",
      status: "active",
      capabilities: ["plan"],
      metrics: { requestsHandled: 3, lastActive: "2026-11-20T12:00:00Z" },
      version: 7,
    });
    expect([document.kind, document.version, document.fields]).toEqual([
      "json",
      7,
      {
        status: "active",
        capabilities: ["plan"],
        metrics: { requestsHandled: 3, lastActive: "2026-11-20T12:00:00.000Z" },
      },
    ]);
  });

  test("as a hash of texts", () => {
    const document = documentOf([
      "hash",
      "status",
      "busy",
      "capabilities",
      "plan, draw",
      "metrics",
      '{"requestsHandled":2,"lastActive":1795224000}',
    ]);
    expect([document.kind, document.fields]).toEqual([
      "hash",
      {
        status: "active",
        capabilities: ["plan", "draw"],
        metrics: { requestsHandled: 2, lastActive: "2026-11-21T01:20:00.000Z" },
      },
    ]);
  });

  test.each([["none"], ["string", "not JSON"], ["string", "[1]"], ["string", "null"]])(
    "as nothing, where it is %j %j",
    (...answer) => {
      expect(documentOf(answer.filter((text) => text !== undefined))).toMatchObject({
        kind: "none",
        fields: {},
      });
    },
  );

  test("as a type that holds no state, where it is a list", () => {
    expect(documentOf(["list"])).toMatchObject({ kind: "other", fields: {} });
  });

  test("a field that makes no sense is as one that is not there", () => {
    expect(
      readFields({ status: 7, capabilities: { plan: true }, metrics: { requestsHandled: -1 }, version: "x" }),
    ).toEqual({});
    expect(readFields({ capabilities: ["plan", "plan", " ", "x".repeat(65)] })).toEqual({
      capabilities: ["plan"],
    });
  });

  test.each(["offline", "Stopped", "inactive"])("an agent that is %s is inactive", (status) => {
    expect(readFields({ status })).toEqual({ status: "inactive" });
  });
});

describe("writing a state", () => {
  test("keeps what peers put there, and stamps what changed with the new version", () => {
    const before = json({ id: "planner", status: "busy", role: "chief", capabilities: ["plan"], version: 4 });
    const text = written(before, "planner", { status: "active", capabilities: ["plan", "draw"] }, 5);
    expect(JSON.parse(text as string)).toEqual({
      id: "planner",
      status: "busy",
      role: "chief",
      capabilities: ["plan", "draw"],
      version: 5,
      stamps: { capabilities: 5 },
    });
  });

  test("changes of a hash no field but those that differ", () => {
    const before = documentOf(["hash", "status", "busy", "capabilities", "plan", "role", "chief"]);
    expect(written(before, "planner", { status: "active", capabilities: ["plan", "draw"] }, 2)).toEqual({
      capabilities: '["plan","draw"]',
      version: "2",
    });
  });

  test("makes a state where there is none", () => {
    expect(JSON.parse(written(documentOf(["none"]), "planner", { status: "active" }, 1) as string)).toEqual({
      id: "planner",
      status: "active",
      version: 1,
      stamps: { status: 1 },
    });
  });
});
