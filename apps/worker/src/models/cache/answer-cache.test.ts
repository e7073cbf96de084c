import * as fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { log } from "../../observability/index.ts";
import { ManualClock } from "../testing/manual-clock.ts";
import { ObjectAnswerCache } from "./answer-cache.ts";
import type { CacheLookup } from "./contract.ts";
import { Doors } from "./testing/doors.ts";
import { type QuestionParts, answerOf, questionOf } from "./testing/questions.ts";

log.setLevel("silent");

let clock: ManualClock;
let doors: Doors;
let cache: ObjectAnswerCache;

beforeEach(() => {
  clock = new ManualClock(-1);
  doors = new Doors(clock);
  cache = new ObjectAnswerCache(doors, { clock });
});

const flush = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));
const look = (parts: QuestionParts = {}): Promise<CacheLookup> =>
  cache.lookup(questionOf(clock.now(), parts));

/** What is found; a lead answers with `text`. */
async function ask(parts: QuestionParts = {}, text = "made"): Promise<string> {
  const found = await look(parts);
  if (found.found === "hit")
    return `hit ${found.answer.events.map((e) => (e.type === "text" ? e.text : "")).join("")}`;
  if (found.found === "lead") await found.lead.store(answerOf(text));
  return found.found;
}

test("an answer that was stored is given again as it was, event by event", async () => {
  expect(await ask({}, "An orrery is a clockwork.")).toBe("lead");
  expect(await look()).toEqual({
    found: "hit",
    answer: answerOf("An orrery is a clockwork."),
    similarity: 1,
  });
});

test("what is given cannot be changed by who got it", async () => {
  await ask({}, "right");
  const first = await look();
  if (first.found === "hit") first.answer.events.length = 0;
  expect(await ask()).toBe("hit right");
});

test("a repeated hit asks nobody", async () => {
  await ask();
  const before = doors.asked.length;
  for (let n = 0; n < 10; n++) expect(await ask()).toBe("hit made");
  expect(doors.asked).toHaveLength(before);
});

test("another isolate gets it from the workspace's object", async () => {
  await ask();
  const other = new ObjectAnswerCache(doors, { clock });
  expect(await other.lookup(questionOf(clock.now()))).toMatchObject({ found: "hit" });
});

test("what may not be cached is neither looked up nor led", async () => {
  await ask();
  expect(await look({ policy: { mode: "off" } })).toEqual({ found: "miss" });
  expect(await look({ request: { noCache: true } })).toEqual({ found: "miss" });
  expect(doors.asked).toHaveLength(1);
});

describe("time", () => {
  test("an answer is given until it expires", async () => {
    await ask();
    clock.advance(3_599_999);
    expect(await ask()).toBe("hit made");
    clock.advance(1);
    expect(await ask()).toBe("lead");
  });

  test("who wants answers no older than its own bound gets none that are", async () => {
    await ask({ policy: { ttlSeconds: 86_400 } });
    clock.advance(10_000);
    expect(await ask({ policy: { ttlSeconds: 11 } })).toBe("hit made");
    expect(await ask({ policy: { ttlSeconds: 9 } }, "newer")).toBe("lead");
    expect(await ask({ policy: { ttlSeconds: 86_400 } })).toBe("hit newer");
  });
});

describe("deleting", () => {
  test("empties the cache of its workspace, here at once", async () => {
    await ask();
    await ask({ workspaceId: "other" });
    await cache.clear("lab");
    expect([await ask(), await ask({ workspaceId: "other" })]).toEqual(["lead", "hit made"]);
  });

  test("is heard of in other isolates with the next thing that they ask, within half a minute", async () => {
    const other = new ObjectAnswerCache(doors, { clock });
    await ask();
    await other.lookup(questionOf(clock.now()));
    await cache.clear("lab");
    expect(await other.lookup(questionOf(clock.now()))).toMatchObject({ found: "hit" });
    const asked = await other.lookup(questionOf(clock.now(), { input: "Another" }));
    if (asked.found === "lead") await asked.lead.abandon();
    expect(await other.lookup(questionOf(clock.now()))).toMatchObject({ found: "lead" });
  });

  test("also ends what is being made: it is given to who waits, and not kept", async () => {
    const leading = await look();
    const waiting = ask();
    await flush();
    await cache.clear("lab");
    if (leading.found === "lead") await leading.lead.store(answerOf("old"));
    expect(await waiting).toBe("hit old");
    expect(await ask()).toBe("lead");
  });

  test("takes what was made for one agent or session, and no more", async () => {
    await ask({ agentId: "a", sessionId: "1", input: "one" });
    await ask({ agentId: "a", sessionId: "2", input: "two" });
    await ask({ agentId: "b", sessionId: "3", input: "three" });
    await cache.forget("lab", "a", "1");
    expect([await ask({ input: "one" }), await ask({ input: "two" })]).toEqual(["lead", "hit made"]);
    await cache.forget("lab", "a");
    expect([await ask({ input: "two" }), await ask({ input: "three" })]).toEqual(["lead", "hit made"]);
  });
});

describe("an agent that leaves no answers", () => {
  test("leaves those of others where they are remembered when it is deleted", async () => {
    await ask({ agentId: "a" });
    const before = doors.asked.length;
    await cache.forget("lab", "b");
    await cache.forget("lab", "a", "another session");
    expect(await ask()).toBe("hit made");
    // It was asked to forget, and for nothing more.
    expect(doors.asked).toHaveLength(before + 2);
  });

  test("ends nothing that others are making", async () => {
    const leading = await look({ agentId: "a" });
    await cache.forget("lab", "b");
    if (leading.found === "lead") await leading.lead.store(answerOf("made"));
    expect(await ask()).toBe("hit made");
  });

  test("yet takes with it what is being made for it, and what an isolate may remember of it", async () => {
    const leading = await look({ agentId: "a", sessionId: "1" });
    await cache.forget("lab", "a", "1");
    if (leading.found === "lead") await leading.lead.store(answerOf("late"));
    expect(await ask({ agentId: "b", policy: { ttlSeconds: 86_400 } }, "theirs")).toBe("lead");
    clock.advance(10_000);
    // Another's newer answer takes its place in the object, but not in an isolate that remembers it.
    const other = new ObjectAnswerCache(doors, { clock });
    const newer = await other.lookup(questionOf(clock.now(), { agentId: "c", policy: { ttlSeconds: 5 } }));
    if (newer.found === "lead") await newer.lead.store(answerOf("newer"));
    expect(await ask({ policy: { ttlSeconds: 86_400 } })).toBe("hit theirs");
    await cache.forget("lab", "b");
    expect(await ask()).toBe("hit newer");
  });
});

test("counts are of the workspace, hits that this isolate answered among them", async () => {
  await ask();
  for (let n = 0; n < 5; n++) await ask();
  await ask({ input: "Another" });
  const { bytes, ...counts } = await cache.counts("lab");
  expect(counts).toEqual({ entries: 2, hits: 5, misses: 2 });
  expect(bytes).toBeGreaterThan(200);
  expect(await cache.counts("other")).toEqual({ entries: 0, bytes: 0, hits: 0, misses: 0 });
  await cache.clear("lab");
  expect(await cache.counts("lab")).toEqual({ entries: 0, bytes: 0, hits: 0, misses: 0 });
});

describe("an object that cannot be reached", () => {
  test("is a miss", async () => {
    doors.broken = true;
    expect(await look()).toEqual({ found: "miss" });
  });

  test("does not fail who made an answer", async () => {
    const broken = new ObjectAnswerCache(
      {
        ANSWERS: {
          getByName: (name) => ({
            ...doors.ANSWERS.getByName(name),
            lookup: async () => ({
              found: "lead",
              epoch: 0,
              lead: {
                share: () => Promise.reject(new Error("gone")),
                store: () => Promise.reject(new Error("gone")),
                abandon: () => Promise.reject(new Error("gone")),
                [Symbol.dispose]: () => undefined,
              },
            }),
          }),
        },
      },
      { clock },
    );
    for (const end of ["store", "abandon"] as const) {
      const found = await broken.lookup(questionOf(clock.now()));
      if (found.found !== "lead") throw new Error("expected to lead");
      await found.lead[end](answerOf("made"));
    }
  });

  test("is a miss where the question has no canonical form", async () => {
    expect(await look({ input: "half a pair: \ud800" })).toEqual({ found: "miss" });
  });
});

describe("meaning", () => {
  const vectors: Record<string, number[]> = {
    "How high is the tower?": [1, 0, 0],
    "What is the tower's height?": [1, 0.1, 0],
    "Who built the tower?": [0, 1, 0],
  };
  const embed = (text: string) => Promise.resolve({ model: "embedder", vector: vectors[text] ?? [0, 0, 1] });
  const parts = (input: string, more: QuestionParts = {}): QuestionParts => ({
    input,
    policy: { mode: "semantic", threshold: 0.95 },
    embed,
    ...more,
  });

  test("a question that means the same gets the answer, and says how near it is", async () => {
    await ask(parts("How high is the tower?"), "300 m");
    const found = await look(parts("What is the tower's height?"));
    expect(found).toMatchObject({ found: "hit", answer: answerOf("300 m") });
    expect(found.found === "hit" && found.similarity).toBeCloseTo(0.995, 3);
    expect(await ask(parts("Who built the tower?"))).toBe("lead");
  });

  test("who did not ask for meanings gets none", async () => {
    await ask(parts("How high is the tower?"));
    expect(await ask({ input: "What is the tower's height?", embed })).toBe("lead");
    expect(await ask(parts("What is the tower's height?", { embed: null, workspaceId: "x" }))).toBe("lead");
  });

  test("whatever else differs, it is another question", async () => {
    await ask(parts("How high is the tower?"));
    const other = (more: QuestionParts) => ask(parts("What is the tower's height?", more));
    expect(await other({ workspaceId: "other" })).toBe("lead");
    expect(await other({ model: "google/gemini" })).toBe("lead");
    expect(await other({ filter: { email: "redact" } })).toBe("lead");
    expect(
      await other({
        request: { system: "In feet.", messages: [{ role: "user", content: "What is the tower's height?" }] },
      }),
    ).toBe("lead");
  });

  test("an answer by meaning is not an answer to the words: nearness does not add up", async () => {
    await ask(parts("How high is the tower?"), "300 m");
    await look(parts("What is the tower's height?"));
    expect(await ask({ input: "What is the tower's height?" })).toBe("lead");
  });

  test("those who wait for the same words share what was found", async () => {
    await ask(parts("How high is the tower?"), "300 m");
    const asked = ["What is the tower's height?", "What is the tower's height?"].map((input) =>
      ask(parts(input)),
    );
    expect(await Promise.all(asked)).toEqual(["hit 300 m", "hit 300 m"]);
  });

  test("without an embedding it is a question of words", async () => {
    const failing = () => Promise.reject(new Error("no model"));
    expect(await ask(parts("How high is the tower?", { embed: failing }))).toBe("lead");
    expect(await ask(parts("How high is the tower?", { embed: failing }))).toBe("hit made");
  });
});

describe("single flight", () => {
  test("a caller that leaves while it waits gets a miss, and the lead is never its own", async () => {
    const leading = await look();
    const leaver = new AbortController();
    const left = look({ request: { signal: leaver.signal } });
    const next = ask();
    await flush();
    leaver.abort();
    expect(await left).toEqual({ found: "miss" });
    if (leading.found === "lead") await leading.lead.abandon();
    expect(await next).toBe("lead");
  });

  test("who waits in vain for half of its time asks the model", async () => {
    await look();
    const waiting = look();
    await flush();
    clock.advance(30_000);
    expect(await waiting).toEqual({ found: "miss" });
  });

  test("of equal calls at once one leads, and all get its answer", async () => {
    const found = await Promise.all(Array.from({ length: 50 }, () => ask({}, "once")));
    expect(found.filter((what) => what === "lead")).toHaveLength(1);
    expect(found.filter((what) => what === "hit once")).toHaveLength(49);
  });

  test("however many leads fail, leave or vanish, everyone comes to an end, and one leads at a time", async () => {
    const ends = fc.array(fc.constantFrom("store", "abandon", "vanish"), { minLength: 1, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(ends, async (ends) => {
        clock = new ManualClock(-1);
        doors = new Doors(clock);
        cache = new ObjectAnswerCache(doors, { clock });
        let leading = 0;
        const call = async (end: string): Promise<string> => {
          const found = await cache.lookup(
            questionOf(clock.now(), { request: { deadline: clock.now() + 1e9 } }),
          );
          if (found.found !== "lead") return found.found;
          expect(++leading).toBe(1);
          await flush();
          leading -= 1;
          if (end === "store") await found.lead.store(answerOf("made"));
          else if (end === "abandon") await found.lead.abandon();
          else clock.advance(1e9);
          return end;
        };
        const results = await Promise.all(ends.map(call));
        // The first that stores ends it for everyone; all before it failed, one after the other.
        const stored = results.indexOf("store");
        const expected =
          stored === -1 ? ends : [...ends.slice(0, stored + 1), ...ends.slice(stored + 1).map(() => "hit")];
        const lateOnes = results.filter((result) => result === "miss").length;
        expect(lateOnes === 0 || ends.includes("vanish")).toBe(true);
        if (lateOnes === 0) expect(results).toEqual(expected);
      }),
      { numRuns: 50 },
    );
  });
});

test("no question is ever answered with the answer of another, or of another workspace", async () => {
  const parts: fc.Arbitrary<QuestionParts> = fc
    .record({
      workspaceId: fc.constantFrom("a", "b"),
      model: fc.constantFrom("m", "n"),
      input: fc.constantFrom("x", "y", "x "),
      filter: fc.constantFrom({}, { email: "redact" as const }),
      temperature: fc.constantFrom(0, 1),
      system: fc.constantFrom("", "x"),
      tools: fc.boolean(),
    })
    .map(({ temperature, system, tools, ...rest }) => ({
      ...rest,
      request: {
        temperature,
        system,
        messages: [{ role: "user" as const, content: rest.input }],
        tools: tools ? [{ name: "t", description: "", inputSchema: {}, effect: "read" as const }] : [],
      },
    }));
  const step = fc.record({ parts, pause: fc.constantFrom(0, 0, 20_000, 2_000_000), clear: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      clock = new ManualClock(-1);
      doors = new Doors(clock);
      const isolates = [1, 2].map(() => new ObjectAnswerCache(doors, { clock, recentBytes: 50_000 }));
      let n = 0;
      for (const { parts, pause, clear } of steps) {
        clock.advance(pause);
        cache = isolates[++n % 2]!;
        const { workspaceId, model, filter, request } = parts;
        const whole = JSON.stringify([workspaceId, model, filter, request]);
        const found = await ask(parts, whole);
        expect(["lead", `hit ${whole}`]).toContain(found);
        if (clear && n % 5 === 0) await cache.clear("a");
      }
      expect(doors.asked.every((name) => name === "a" || name === "b")).toBe(true);
    }),
    { numRuns: 60 },
  );
});
