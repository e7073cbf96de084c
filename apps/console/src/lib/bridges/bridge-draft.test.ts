import { ApiError } from "@orrery/client";
import { CreateBridge, UpdateBridge, type Bridge } from "@orrery/protocol";
import { describe, expect, test } from "vitest";
import { BridgeDraft } from "./bridge-draft.svelte.ts";

const channel = { mode: "pubsub", signing: "off", encryption: "off", maxLength: 100_000 } as const;

const bridge: Bridge = {
  id: "019aa0c4-7d3e-7a51-9c55-3f2d1c0b9a87",
  name: "New Fuse",
  application: "fuse",
  redis: { kind: "tcp", url: "rediss://redis.example:6380/2", username: "orrery" },
  secretSet: true,
  channels: {
    coordination: { ...channel, name: "AI_COORDINATION_CHANNEL" },
    tasks: { ...channel, name: "AI_TASK_CHANNEL", mode: "streams", signing: "require" },
    results: { ...channel, name: "AI_RESULT_CHANNEL" },
  },
  namespace: "newfuse-agents",
  enabled: true,
  createdAt: "2026-11-20T12:00:00.000Z",
  updatedAt: "2026-11-20T12:00:00.000Z",
  status: {
    state: "connected",
    since: "2026-11-20T12:00:00.000Z",
    latencyMs: 0.4,
    redisVersion: "7.4.1",
    reconnects: 0,
    channels: [],
    outbox: 0,
    deadLetters: 0,
  },
};

describe("a bridge's draft", () => {
  test("needs a name, and says so once it was sent", () => {
    const draft = new BridgeDraft();
    expect(draft.problems).toEqual({});
    expect(draft.check()).toBe("name");
    draft.values.name = "New Fuse";
    expect(draft.check()).toBeUndefined();
    expect(CreateBridge.parse(draft.toCreate())).toMatchObject({
      redis: { kind: "tcp", url: "redis://127.0.0.1:6379" },
      channels: { tasks: { name: "AI_TASK_CHANNEL", mode: "pubsub" } },
      namespace: "newfuse-agents",
    });
  });

  test("takes no password in an address, and no port that is none", () => {
    const draft = new BridgeDraft();
    draft.values.name = "New Fuse";
    draft.values.address.url = "redis://user:secret@host:6379";
    expect(draft.check()).toBe("url");
    expect(draft.problems.url).toContain("without a password");
    draft.values.address.kind = "sentinel";
    draft.values.address.sentinels = "one:26379\ntwo";
    draft.values.address.master = "mymaster";
    expect(draft.check()).toBe("sentinels");
    draft.values.address.sentinels = "one:26379\ntwo:26379";
    expect(draft.check()).toBeUndefined();
    expect(draft.toCreate().redis).toMatchObject({ sentinels: [{ host: "one" }, { port: 26_379 }] });
  });

  test("over REST has a token for a password", () => {
    const draft = new BridgeDraft();
    draft.values.name = "Upstash";
    draft.values.address.kind = "rest";
    expect(draft.check()).toBe("restUrl");
    draft.values.address.restUrl = "https://calm-owl.upstash.example";
    draft.values.address.password = "token";
    expect(draft.check()).toBeUndefined();
    expect(CreateBridge.parse(draft.toCreate())).toMatchObject({
      redis: { kind: "rest", token: "token" },
      channels: { coordination: { mode: "pubsub" }, results: { mode: "pubsub" } },
    });
  });

  test("gives no two channels one name", () => {
    const draft = new BridgeDraft(bridge);
    draft.values.channels.results.name = "AI_TASK_CHANNEL";
    expect(draft.check()).toBe("results.name");
    expect(draft.problems["results.name"]).toBe("Another channel has this name.");
  });

  test("leaves the address alone unless it was changed", () => {
    const draft = new BridgeDraft(bridge);
    expect(draft.changed).toBe(false);
    draft.values.channels.tasks.maxLength = "5000";
    expect(draft.changed).toBe(true);
    const update = UpdateBridge.parse(draft.toUpdate());
    expect(update.redis).toBeUndefined();
    expect(update.channels?.tasks).toEqual({ ...bridge.channels.tasks, maxLength: 5_000 });
    draft.values.address.password = "new";
    expect(UpdateBridge.parse(draft.toUpdate()).redis).toEqual({
      kind: "tcp",
      url: "rediss://redis.example:6380/2",
      username: "orrery",
      password: "new",
    });
  });

  test("shows the platform's refusal beside its field until the form is changed", () => {
    const draft = new BridgeDraft(bridge);
    const refusal = (path: string) =>
      new ApiError({
        status: 400,
        code: "invalid_request",
        detail: "The request is not valid.",
        errors: [{ path, message: "no" }],
      });
    expect(draft.refuse(refusal("redis.url"))).toBe("url");
    expect(draft.refuse(refusal("channels.tasks.name"))).toBe("tasks.name");
    expect(draft.problems).toEqual({ "tasks.name": "No." });
    draft.edited();
    expect(draft.problems).toEqual({});
    expect(draft.refuse(refusal("elsewhere"))).toBeUndefined();
    expect(draft.general).toBe("elsewhere: no");
  });
});
