import { env } from "cloudflare:workers";
import { runInDurableObject } from "cloudflare:test";
import { newId } from "@orrery/protocol";
import { expect, test } from "vitest";
import { BridgeStore } from "./bridge-store.ts";
import { Outbox } from "./writing/outbox.ts";

/** The tables as the first version made them, with what a bridge may have had in them. */
const firstVersion = `
  CREATE TABLE bridge (id INTEGER PRIMARY KEY CHECK (id = 1), settings TEXT NOT NULL, secret BLOB, phase TEXT NOT NULL);
  CREATE TABLE bridge_streams (name TEXT PRIMARY KEY, since INTEGER NOT NULL, joined INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE bridge_counts (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE bridge_outbox (
    seq INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, role TEXT NOT NULL, channel TEXT, value TEXT NOT NULL,
    sign_as TEXT, fence_key TEXT, fence_token INTEGER, keep TEXT
  );
  CREATE TABLE bridge_sent (
    seq INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, outcome TEXT NOT NULL, told INTEGER NOT NULL
  );
  CREATE TABLE bridge_nonces (nonce TEXT PRIMARY KEY, entry TEXT NOT NULL, expires_at INTEGER NOT NULL) WITHOUT ROWID;
  INSERT INTO bridge VALUES (1, '{"id":"b"}', NULL, 'listed');
  INSERT INTO bridge_streams VALUES ('read', 5, 1), ('not read', 6, 0);
  INSERT INTO bridge_outbox VALUES (7, 'waits', 'results', NULL, '{}', NULL, NULL, NULL, NULL);
  INSERT INTO bridge_sent VALUES (6, 'sent', 'written', 0);
`;

test("a bridge of the first version keeps what it has, and knows how that is called in Redis", () =>
  runInDurableObject(env.AGENTS.getByName(newId()), (_, { storage }) => {
    storage.sql.exec(firstVersion);
    const store = new BridgeStore(storage);
    expect(store.read()).toEqual({
      settings: { id: "b" },
      secret: null,
      phase: "listed",
      sharedUntil: 7,
      sharedLetters: true,
    });
    expect([store.stream("read"), store.stream("not read")]).toEqual([
      { since: 5, joined: "shared" },
      { since: 6, joined: "never" },
    ]);
    store.joined("read");
    store.ownLettersOnly();
    expect(store.read()).toMatchObject({ sharedUntil: 7, sharedLetters: false });
    expect(store.stream("read").joined).toBe("own");
    const outbox = new Outbox(storage);
    expect(outbox.untold(10)).toEqual([{ seq: 6, delivery: { key: "sent", outcome: "written" } }]);
    expect(outbox.next(10, 100, [])).toMatchObject([{ key: "waits", replaces: null }]);
  }));

test("a bridge that is made has nothing under other names", () =>
  runInDurableObject(env.AGENTS.getByName(newId()), (_, { storage }) => {
    const store = new BridgeStore(storage);
    store.create({ id: "b" } as Parameters<BridgeStore["create"]>[0], null);
    expect(store.read()).toMatchObject({ sharedUntil: 0, sharedLetters: false });
  }));
