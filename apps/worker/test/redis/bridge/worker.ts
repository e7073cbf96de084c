/** A worker with bridges and nothing else. What stands behind a bridge does as each message tells it. */
import { OpenAPIHono } from "@hono/zod-openapi";
import { OrreryError, valueOf } from "@orrery/protocol";
import type { Scope } from "@orrery/protocol";
import { FleetObject, RedisBridgeObject, bridgeRoutes } from "../../../src/channels/index.ts";
import type {
  BridgePort,
  BridgeReceiver,
  Delivery,
  Inbound,
  Outbound,
  Verdict,
} from "../../../src/channels/index.ts";
import { keyringFor } from "../../../src/security/index.ts";
import { KeyRingObject } from "../../../src/security/keys/key-ring-object.ts";
import type { AppEnv } from "../../../src/security/index.ts";

export { FleetObject, KeyRingObject };

/** What a bridge's application has been given and told. */
export interface BridgeRecord {
  taken: {
    id: string;
    name: string;
    role: string;
    channel?: string;
    deliveries: number;
    signer: string | null;
    own: boolean;
  }[];
  told: Delivery[];
  connected: number;
  ticks: number;
}

/**
 * Accepts what it is given, once, unless the message says in `behave` what else is to become of it, or in `lane` what it
 * waits for: that another has said `open` with the same word.
 */
export class TestBridge extends RedisBridgeObject {
  #port: BridgePort | undefined;
  #told: Delivery[] = [];
  #connected = 0;
  #ticks = 0;
  #extra: { role: "results"; name: string }[] = [];
  readonly #open = new Set<unknown>();

  protected override receiver(port: BridgePort): BridgeReceiver {
    this.#port = port;
    const { sql } = this.ctx.storage;
    sql.exec(`CREATE TABLE IF NOT EXISTS taken (seq INTEGER PRIMARY KEY, name TEXT UNIQUE, record TEXT)`);
    return {
      receive: (messages) => this.#receive(port, messages),
      delivered: (deliveries) => {
        this.#told.push(...deliveries);
        return Promise.resolve();
      },
      connected: () => {
        this.#connected += 1;
        return Promise.resolve();
      },
      tick: () => {
        this.#ticks += 1;
        return Promise.resolve();
      },
      extraChannels: () => this.#extra,
      conceals: (value) => value["conceal"] === true,
    };
  }

  async #receive(port: BridgePort, messages: readonly Inbound[]): Promise<Verdict[]> {
    const verdicts: Verdict[] = [];
    const replies: Outbound[] = [];
    for (const message of messages) {
      const { behave, reply, lane, open } = message.value;
      if (open !== undefined) this.#open.add(open);
      if (behave === "throw") throw new Error("could not be taken over");
      if (behave === "reject") verdicts.push({ outcome: "rejected", reason: "it said so" });
      else if (behave === "ignore") verdicts.push({ outcome: "ignored" });
      else if (typeof lane === "string" && (!this.#open.has(lane) || message.ahead?.has(lane) === true)) {
        verdicts.push({ outcome: "later", reason: "it is shut", waitsFor: lane });
      } else if (typeof behave === "number" && message.deliveries <= behave) {
        verdicts.push({ outcome: "later", reason: "not yet" });
      } else {
        verdicts.push({ outcome: "accepted" });
        const name = String(message.value["id"]);
        const record = {
          id: message.id,
          name,
          role: message.role,
          ...(message.channel !== undefined && { channel: message.channel }),
          deliveries: message.deliveries,
          signer: message.signer?.subject ?? null,
          own: message.own === true,
        };
        this.ctx.storage.sql.exec(
          `INSERT OR IGNORE INTO taken (name, record) VALUES (?, ?)`,
          name,
          JSON.stringify(record),
        );
        if (reply === true) {
          replies.push({ key: `reply:${name}`, role: "results", value: { taskId: name, result: "done" } });
        }
      }
    }
    if (replies.length > 0) await port.send(replies);
    return verdicts;
  }

  record(): Promise<BridgeRecord> {
    const rows = this.ctx.storage.sql
      .exec<{ record: string }>(`SELECT record FROM taken ORDER BY seq`)
      .toArray();
    return Promise.resolve({
      taken: rows.map(({ record }) => JSON.parse(record) as BridgeRecord["taken"][number]),
      told: this.#told,
      connected: this.#connected,
      ticks: this.#ticks,
    });
  }

  async command(args: string[]): Promise<string> {
    if (this.#port === undefined) throw new Error("nothing has been asked of the bridge yet");
    return JSON.stringify(await this.#port.command(...args));
  }

  /** Messages as JSON: nothing on the way minds how deep they are nested. */
  sendText(messages: string): ReturnType<RedisBridgeObject["send"]> {
    return this.send("main", JSON.parse(messages) as Outbound[]);
  }

  /** What an earlier version left on disk, say. */
  write(statement: string): Promise<void> {
    this.ctx.storage.sql.exec(statement);
    return Promise.resolve();
  }

  /** Ends the object at once, as a crash would. */
  crash(): Promise<void> {
    return Promise.resolve(this.ctx.abort("crashed on request"));
  }

  listenTo(names: string[]): Promise<void> {
    this.#extra = names.map((name) => ({ role: "results", name }));
    return Promise.resolve();
  }
}

interface TestEnv extends Env {
  readonly TESTS: DurableObjectNamespace<TestBridge>;
}

const app = new OpenAPIHono<AppEnv>({
  defaultHook: (result) => {
    if (!result.success)
      throw new OrreryError("invalid_request", "The request is not valid", { cause: result.error });
  },
});

app.onError((error, c) => {
  const known = error instanceof OrreryError ? error : new OrreryError("internal", String(error.stack));
  return c.json(known.toProblem(c.req.path), known.status as 400);
});

app.use(async (c, next) => {
  c.set("identity", {
    subject: "tester",
    workspaceId: c.req.query("workspace") ?? "main",
    scopes: ["admin"] satisfies Scope[],
    method: "jwt",
    expiresAt: null,
    tokenId: null,
  });
  await next();
});

bridgeRoutes(app);

const bridgeOf = (env: Env, id: string) => {
  const stub: unknown = (env as TestEnv).BRIDGES.getByName(id);
  return stub as TestBridge;
};

app.get("/record/:id", async (c) => c.json(await bridgeOf(c.env, c.req.param("id")).record()));
app.post("/send/:id", async (c) =>
  c.json(valueOf(await bridgeOf(c.env, c.req.param("id")).sendText(await c.req.text()))),
);
app.post("/write/:id", async (c) => {
  await bridgeOf(c.env, c.req.param("id")).write(await c.req.json());
  return c.body(null, 204);
});
app.post("/command/:id", async (c) =>
  c.text(await bridgeOf(c.env, c.req.param("id")).command(await c.req.json())),
);
app.post("/crash/:id", async (c) => {
  try {
    await bridgeOf(c.env, c.req.param("id")).crash();
  } catch {
    // The call ends as the object does.
  }
  return c.body(null, 204);
});
app.post("/listen/:id", async (c) => {
  await bridgeOf(c.env, c.req.param("id")).listenTo(await c.req.json());
  return c.body(null, 204);
});
app.post("/sign/:workspace", async (c) =>
  c.json(
    await keyringFor(c.env, c.req.param("workspace")).signMessage(
      await c.req.json(),
      undefined,
      c.req.query("to"),
    ),
  ),
);

// oxlint-disable-next-line import/no-default-export -- how workerd finds the handler
export default app;
