import { ApiError, type Documents } from "@orrery/client";
import type { Document } from "@orrery/protocol";
import { explain } from "#lib/feedback/explain.ts";
import { mediaTypeOf } from "#lib/files/media-types.ts";
import { whyNoDocument } from "#lib/files/readable-files.ts";
import { countOf } from "#lib/formatting/quantities.ts";
import { Uploads, type UploadFailure } from "./uploads.svelte.ts";

/** Milliseconds that sending a file may take: a large one over a slow line takes minutes. */
const sendingMs = 10 * 60_000;

type Client = Pick<Documents, "add" | "list" | "delete">;

const newestFirst = (one: Document, other: Document): number =>
  Date.parse(other.createdAt) - Date.parse(one.createdAt) || (one.id < other.id ? -1 : 1);

/** A file that the browser could not read. */
class UnreadFile extends Error {}

/** What a file became, and under which name the agent had the same bytes before. */
export interface Given {
  document: Document;
  before: string | undefined;
}

/**
 * The documents that an agent itself has, and the files on their way to it. There are a few hundred at most, and the
 * platform lists them by their ids: all are read, and shown by when they came.
 */
export class AgentDocuments {
  readonly uploads: Uploads<Given>;
  error = $state.raw<unknown>();
  /** Newest first; undefined until they have been read once. */
  items = $state.raw<readonly Document[]>();
  #reading: AbortController | undefined;
  /** Counts what was added and deleted here: what is read meanwhile may not show it. */
  #changes = 0;
  readonly #agentId: string;
  readonly #client: Client;

  /** @param tell says what came of adding files, wherever in the console one is by then */
  constructor(agentId: string, client: Client, tell: (words: string, details?: string) => void) {
    this.#agentId = agentId;
    this.#client = client;
    this.uploads = new Uploads({
      refuse: whyNoDocument,
      send: (file, signal) => this.#give(file, signal),
      explain: whyNotAdded,
      onfinished: (given) => {
        tell(...wordsOf(given));
        if (this.items === undefined) void this.load();
      },
    });
  }

  /** Reads all of them. Of overlapping readings, only the last one counts. */
  async load(): Promise<void> {
    this.stop();
    const reading = new AbortController();
    this.#reading = reading;
    const changes = this.#changes;
    try {
      const read = await this.#readAll(reading.signal);
      if (reading.signal.aborted) return;
      if (changes !== this.#changes) {
        await this.load();
        return;
      }
      this.items = read.toSorted(newestFirst);
      this.error = undefined;
    } catch (error) {
      if (!reading.signal.aborted) this.error = error;
    }
  }

  /** Stops reading; files on their way go on. */
  stop(): void {
    this.#reading?.abort();
    this.#reading = undefined;
  }

  /** Takes a document from the agent; one that is gone already is no failure. @throws ApiError, ConnectionError */
  async remove({ id }: Document): Promise<void> {
    try {
      await this.#client.delete(this.#agentId, id);
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 404)) throw error;
    }
    this.#changes += 1;
    this.items = this.items?.filter((item) => item.id !== id);
  }

  async #readAll(signal: AbortSignal): Promise<Document[]> {
    const read: Document[] = [];
    let cursor: string | undefined;
    do {
      const page = await this.#client.list(this.#agentId, { limit: 100, cursor }, { signal });
      read.push(...page.items);
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    return read;
  }

  async #give(file: File, signal: AbortSignal): Promise<Given> {
    const data = await file.arrayBuffer().catch((cause: unknown) => {
      throw new UnreadFile(file.name, { cause });
    });
    const document = await this.#client.add(
      this.#agentId,
      { name: file.name, mediaType: mediaTypeOf(file), data },
      { signal, timeoutMs: sendingMs },
    );
    const before = this.items?.find(({ id }) => id === document.id)?.name;
    this.#changes += 1;
    this.items = this.items && [document, ...this.items.filter(({ id }) => id !== document.id)];
    return { document, before };
  }
}

function whyNotAdded(error: unknown, { name }: File): UploadFailure {
  if (error instanceof UnreadFile) {
    return {
      words: `${name} could not be read. If it is a folder, choose the files in it instead.`,
      retry: true,
    };
  }
  const { title, advice, retry } = explain(error, { thing: "agent" });
  // That there are as many as it can hold is said in a sentence of its own, and need not stay so.
  if (error instanceof ApiError && error.code === "conflict") {
    return { words: `${name} could not be added. ${advice}`, retry: true };
  }
  return { words: `${name} could not be added. ${title}. ${advice}`, retry };
}

/** What came of adding files, and which of them the agent had already. */
export function wordsOf(given: readonly Given[]): [title: string, details?: string] {
  const known = given.filter(({ before }) => before !== undefined).length;
  const [first] = given;
  if (first && given.length === 1) {
    const { document, before } = first;
    if (before === undefined) return [`${document.name} added`];
    const title = `${document.name} is here already`;
    return before === document.name ? [title] : [title, `Until now it was called ${before}.`];
  }
  if (known === given.length) return [`All ${known} documents are here already`];
  const title = `${countOf(given.length - known, "document")} added`;
  if (known === 0) return [title];
  return [title, `${known} of the files ${known === 1 ? "was" : "were"} here already.`];
}
