/**
 * A mix of tasks as agents have them: generated, but from a seed and by nothing that differs between
 * machines, so that it is as good as recorded. Its fingerprint is held by a test.
 */
import { createHash } from "node:crypto";

export type TaskKind = "chat" | "code" | "sql" | "extract" | "classify";

export interface Task {
  id: string;
  kind: TaskKind;
  /** 0: any model does it; 1: hardly any does. */
  difficulty: number;
  /** Tokens that it has a model read and write, whichever model that is. */
  inputTokens: number;
  outputTokens: number;
  /** Whether tools are at hand. */
  tools: boolean;
  /** Uniform in [0, 1): how lucky a model must be with it. The same for all models. */
  luck: number;
}

export const mixSeed = "orrery task mix 1";
export const mixSize = 1000;

interface Shape {
  kind: TaskKind;
  /** Of a hundred tasks. */
  share: number;
  /** Difficulties lie around this, within a quarter on each side and more seldom beyond. */
  difficulty: number;
  /** Median tokens read and written; most tasks lie between half and twice as many. */
  inputTokens: number;
  outputTokens: number;
  tools: boolean;
}

const shapes: readonly Shape[] = [
  { kind: "chat", share: 30, difficulty: 0.4, inputTokens: 1800, outputTokens: 350, tools: true },
  { kind: "extract", share: 25, difficulty: 0.35, inputTokens: 4000, outputTokens: 250, tools: false },
  { kind: "code", share: 20, difficulty: 0.6, inputTokens: 6000, outputTokens: 1200, tools: true },
  { kind: "classify", share: 15, difficulty: 0.25, inputTokens: 700, outputTokens: 20, tools: false },
  { kind: "sql", share: 10, difficulty: 0.5, inputTokens: 2500, outputTokens: 200, tools: false },
];

/** Uniform in [0, 1), from a name. */
function uniform(name: string): number {
  return createHash("sha256").update(name).digest().readUIntBE(0, 6) / 2 ** 48;
}

/** Around 0, of deviation 1: twelve uniform numbers, less their mean. */
const around = (name: string): number =>
  Array.from({ length: 12 }, (_, n) => uniform(`${name} ${n}`)).reduce((sum, value) => sum + value, -6);

/** `seed` names the mix: the same seed, the same tasks. */
export function taskMix(seed: string = mixSeed, size: number = mixSize): Task[] {
  return Array.from({ length: size }, (_, n) => {
    const id = `${seed} ${n}`;
    let left = uniform(`${id} kind`) * 100;
    const shape = shapes.find(({ share }) => (left -= share) < 0) ?? shapes[0];
    if (shape === undefined) throw new Error("there are no shapes");
    const spread = (name: string, median: number): number =>
      Math.max(1, Math.round(median * 2 ** around(`${id} ${name}`)));
    return {
      id,
      kind: shape.kind,
      difficulty: Math.min(1, Math.max(0, shape.difficulty + 0.18 * around(`${id} difficulty`))),
      inputTokens: spread("input", shape.inputTokens),
      outputTokens: spread("output", shape.outputTokens),
      tools: shape.tools,
      luck: uniform(`${id} luck`),
    };
  });
}
