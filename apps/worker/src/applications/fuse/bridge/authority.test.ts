import { describe, expect, it } from "vitest";
import type { MessageSigner } from "../../../security/index.ts";
import { authorityOf, speakerRefusal } from "./authority.ts";

const signer = (subject: string, scopes: MessageSigner["scopes"] = []): MessageSigner => ({
  keyId: "k",
  subject,
  scopes,
});
const members = [
  { id: "writer", agentId: "1" },
  { id: "reader", agentId: "2" },
  { id: "writer-too", agentId: "1" },
];

describe("a signed message", () => {
  it.each([
    ["planner", "planner"],
    ["workspace", "planner"],
    ["agent:1", "writer"],
    ["agent:1", "writer-too"],
    ["agent:9", "elsewhere"],
  ])("by %s is taken as the words of %s", (subject, speaker) => {
    expect(speakerRefusal(signer(subject), speaker, members)).toBeNull();
  });

  it.each([
    ["planner", "boss"],
    ["planner", "writer"],
    ["agent:1", "reader"],
    ["agent:1", "planner"],
    ["agent:9", "writer"],
  ])("by %s is not taken as the words of %s", (subject, speaker) => {
    expect(speakerRefusal(signer(subject), speaker, members)).toContain(`${subject} signed it`);
  });

  it("that says nothing of who speaks is whoever's who signed it, and one without signature anybody's", () => {
    expect(speakerRefusal(signer("planner"), null, members)).toBeNull();
    expect(speakerRefusal(null, "planner", members)).toBeNull();
  });
});

describe("what a message may have done", () => {
  it("is its signer's own where all have to sign, unless the key may change agents", () => {
    expect(authorityOf(signer("planner"), "require")).toEqual({ only: "planner" });
    expect(authorityOf(signer("planner", ["agents:read"]), "require")).toEqual({ only: "planner" });
    expect(authorityOf(signer("planner", ["agents:write"]), "require")).toEqual({ only: null });
    expect(authorityOf(signer("workspace"), "require")).toEqual({ only: null });
    expect(authorityOf(signer("agent:1"), "require")).toEqual({ only: null });
  });

  it("is anything where others need not sign", () => {
    expect(authorityOf(signer("planner"), "accept")).toEqual({ only: null });
    expect(authorityOf(null, "off")).toEqual({ only: null });
  });
});
