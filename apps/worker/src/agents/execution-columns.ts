/**
 * What an execution was given and what came of it, as columns hold it: JSON as it is, or for a confidential agent bytes
 * in which what says nothing stands readable and the rest is sealed. The readable part keeps lists, money and the order
 * of a conversation going when the workspace's key is gone.
 */
import { OrreryError } from "@orrery/protocol";
import type { TurnOutcome, TurnRequest } from "./execution-store.ts";
import { inputText } from "./prompt.ts";
import type { Operation } from "./transcript.ts";

/** Bytes of a request on disk: a row has at most 2 MB, and what comes of it stands in the same one. */
const requestLimit = 1_900_000;

/** Bytes before the readable part that say how long it is. */
const lengthBytes = 4;

/** What stands for words that nobody can read any more. */
export const unreadableText =
  "(This cannot be read: the key of the workspace under which it was sealed was destroyed.)";

/** What stands in the open for an error of a confidential agent: the words may quote what it was given. */
export const sealedErrorText = "The agent is confidential: the reason is with the execution.";

type Column = string | Uint8Array;

/** What seals a confidential agent's columns, and leaves those of others alone. */
export interface ColumnSeal {
  readonly active: boolean;
  close(value: unknown, place: string): Uint8Array;
  /** Undefined where nobody can open it any more. */
  open(sealed: Uint8Array, place: string): unknown;
}

/** Of agents that are not confidential. */
const noSeal: ColumnSeal = {
  active: false,
  close: () => {
    throw new Error("nothing is sealed here");
  },
  open: () => undefined,
};

/** A value that was read, and whether all of it was. */
export interface Read<Value> {
  value: Value;
  unreadable: boolean;
}

export class ExecutionColumns {
  readonly #seal: ColumnSeal;

  constructor(seal: ColumnSeal = noSeal) {
    this.#seal = seal;
  }

  /** @throws OrreryError `payload_too_large` for one that no row can hold */
  request(id: string, request: TurnRequest): Column {
    return withinRow(this.#request(id, compact(request)));
  }

  #request(id: string, request: StoredRequest): Column {
    if (!this.#seal.active) return JSON.stringify(request);
    const { input, prompt, documents, ...open } = request;
    return joined(open, this.#seal.close({ input, prompt, documents }, `executions/${id}/request`));
  }

  /** With `bare`, for an outcome in which nothing has to be sealed. */
  outcome(id: string, outcome: TurnOutcome | null, bare = false): Column {
    if (outcome === null || !this.#seal.active) return JSON.stringify(outcome);
    if (bare) return joined(outcome, new Uint8Array());
    const { items, error } = outcome;
    return joined(openOutcome(outcome), this.#seal.close({ items, error }, `executions/${id}/outcome`));
  }

  operations(executionId: string, seq: number, operations: readonly Operation[]): Column {
    if (!this.#seal.active) return JSON.stringify(operations);
    return this.#seal.close(operations, `executions/${executionId}/log/${seq}`);
  }

  title(sessionId: string, title: string): Column {
    return this.#seal.active ? this.#seal.close(title, `sessions/${sessionId}/title`) : title;
  }

  /** With `outline`, what is sealed stays so. */
  readRequest(id: string, column: unknown, outline = false): Read<TurnRequest> {
    // Columns are written by this class alone, so they are read back as what it wrote.
    if (!(column instanceof ArrayBuffer)) {
      return { value: expanded(JSON.parse(String(column)) as StoredRequest), unreadable: false };
    }
    const { open, sealed } = parted(column);
    const whole = outline ? undefined : this.#seal.open(sealed, `executions/${id}/request`);
    const words = (whole ?? { input: "", prompt: "", documents: [] }) as StoredRequest;
    return {
      value: expanded({ ...words, ...(open as object) }),
      unreadable: whole === undefined && !outline,
    };
  }

  readOutcome(id: string, column: unknown, outline = false): Read<TurnOutcome | null> {
    if (column === null || column === undefined) return { value: null, unreadable: false };
    if (!(column instanceof ArrayBuffer)) {
      return { value: JSON.parse(String(column)) as TurnOutcome | null, unreadable: false };
    }
    const { open, sealed } = parted(column);
    if (outline || sealed.length === 0) return { value: open as TurnOutcome, unreadable: false };
    const whole = this.#seal.open(sealed, `executions/${id}/outcome`);
    return { value: { ...(open as TurnOutcome), ...(whole as object) }, unreadable: whole === undefined };
  }

  /** @throws OrreryError `not_found` where they cannot be read any more */
  readOperations(executionId: string, seq: number, column: unknown): Operation[] {
    if (!(column instanceof ArrayBuffer)) return JSON.parse(String(column)) as Operation[];
    const operations = this.#seal.open(new Uint8Array(column), `executions/${executionId}/log/${seq}`);
    if (operations === undefined) throw new OrreryError("not_found", unreadableText);
    return operations as Operation[];
  }

  readTitle(sessionId: string, column: unknown): string {
    if (!(column instanceof ArrayBuffer)) return String(column);
    const title = this.#seal.open(new Uint8Array(column), `sessions/${sessionId}/title`);
    return typeof title === "string" ? title : unreadableText;
  }
}

/** A request with what stands before and after the input in its prompt, or with the prompt where it holds no input. */
type StoredRequest = Omit<TurnRequest, "prompt"> & { prompt: string | [before: string, after: string] };

/** Most prompts are their input, or little more than it: that is kept once. */
function compact(request: TurnRequest): StoredRequest {
  const text = inputText(request.input);
  const { prompt } = request;
  const at = prompt.indexOf(text);
  if (at === -1) return request;
  return { ...request, prompt: [prompt.slice(0, at), prompt.slice(at + text.length)] };
}

const expanded = ({ prompt, ...request }: StoredRequest): TurnRequest => ({
  ...request,
  prompt: typeof prompt === "string" ? prompt : prompt.join(inputText(request.input)),
});

function withinRow(column: Column): Column {
  // A character has three bytes at most: few texts are long enough to be measured.
  const isShort = column.length * (typeof column === "string" ? 3 : 1) <= requestLimit;
  const bytes =
    isShort || typeof column !== "string" ? column.length : new TextEncoder().encode(column).length;
  if (bytes <= requestLimit) return column;
  throw new OrreryError(
    "payload_too_large",
    `The input and its prompt come to ${bytes} bytes; ${requestLimit} can be kept. Attach long texts as documents.`,
  );
}

/** What an outcome says without its words: how models were chosen, what was spent, what kind of failure it was. */
const openOutcome = ({ restarts, asides, error }: TurnOutcome): TurnOutcome => ({
  items: [],
  restarts,
  ...(asides && { asides }),
  ...(error && { error: { ...error, message: sealedErrorText } }),
});

function joined(open: unknown, sealed: Uint8Array): Uint8Array {
  const readable = new TextEncoder().encode(JSON.stringify(open));
  const bytes = new Uint8Array(lengthBytes + readable.length + sealed.length);
  new DataView(bytes.buffer).setUint32(0, readable.length);
  bytes.set(readable, lengthBytes);
  bytes.set(sealed, lengthBytes + readable.length);
  return bytes;
}

function parted(column: ArrayBuffer): { open: unknown; sealed: Uint8Array } {
  const end = lengthBytes + new DataView(column).getUint32(0);
  const readable = new TextDecoder().decode(new Uint8Array(column, lengthBytes, end - lengthBytes));
  return { open: JSON.parse(readable), sealed: new Uint8Array(column, end) };
}
