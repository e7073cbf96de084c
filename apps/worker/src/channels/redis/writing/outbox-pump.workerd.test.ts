import { expect, it } from "vitest";
import type { RedisLink } from "../connection/contract.ts";
import type { Delivery, Outbound } from "../contract.ts";
import { Echoes } from "./echoes.ts";
import { Outbox } from "./outbox.ts";
import { OutboxPump } from "./outbox-pump.ts";
import { onBridgeStorage } from "./testing/bridge-storage.ts";
import type { Written } from "./write-batch.ts";

interface Scene {
  readonly pump: OutboxPump;
  readonly outbox: Outbox;
  /** Guards that each script so far was to take away. */
  readonly takenAway: string[][];
  /** Resolves when so many deliveries were told in all. */
  readonly told: (count: number) => Promise<void>;
}

/** Writes by a Redis that answers scripts so, one after the other. */
const scene = (answers: Written[][], work: (around: Scene) => Promise<void>): Promise<void> =>
  onBridgeStorage(async (storage, bridge) => {
    const takenAway: string[][] = [];
    const link: RedisLink = {
      commands: {
        call: ([, , count, ...rest]) => {
          const keys = rest.slice(0, Number(count));
          const messages = Number(rest[Number(count) + 1]);
          takenAway.push(keys.slice(4 * messages));
          return Promise.resolve(answers.shift() ?? Array.from({ length: messages }, () => "written"));
        },
        pipeline: () => Promise.resolve([]),
      },
      anySlots: true,
      blocking: true,
      lost: new Promise(() => {}),
      reader: () => Promise.reject(new Error("nothing is read here")),
      subscribe: () => Promise.reject(new Error("nothing is heard here")),
      close: () => {},
    };
    const outbox = new Outbox(storage);
    const deliveries: Delivery[] = [];
    let look = (): void => {};
    const pump = new OutboxPump({
      outbox,
      echoes: new Echoes(),
      settings: () => bridge,
      keyring: () => {
        throw new Error("nothing is signed here");
      },
      sharedUntil: 0,
      sync: () => Promise.resolve(),
      now: () => 0,
      after: () => {},
      listensTo: () => false,
      written: () => {},
      delivered: (told) => {
        deliveries.push(...told);
        look();
        return Promise.resolve();
      },
      trouble: () => {},
    });
    pump.attach(link);
    const told = (count: number): Promise<void> =>
      new Promise((resolve) => {
        look = () => {
          if (deliveries.length >= count) resolve();
        };
        look();
      });
    await work({ pump, outbox, takenAway, told });
  });

const answer = (key: string): Outbound => ({
  key,
  role: "results",
  value: { key },
  fence: { key: "agent:writer:owner", token: 1 },
});

it("takes away what says that a message was written, once that is noted here", () =>
  scene([], async ({ pump, outbox, takenAway, told }) => {
    for (const [index, key] of ["one", "two"].entries()) {
      outbox.add([answer(key)]);
      pump.kick();
      await told(index + 1);
    }
    expect(takenAway).toMatchObject([[], [expect.stringMatching(/:sent:one$/)]]);
  }));

it("takes nothing away of one that its lease kept back, and that is sent again: it may be written just now", () =>
  scene([["fenced"]], async ({ pump, outbox, takenAway, told }) => {
    for (const count of [1, 2]) {
      outbox.add([answer("one")]);
      pump.kick();
      await told(count);
    }
    expect(takenAway).toEqual([[], []]);
  }));
