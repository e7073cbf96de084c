import { attachmentLimit } from "@orrery/protocol";
import { mediaTypeOf } from "#lib/files/media-types.ts";
import { whyOfNoSize } from "#lib/files/readable-files.ts";

/** A file whose bytes have been read. */
export interface ReadyAttachment {
  name: string;
  mediaType: string;
  /** Bytes. */
  size: number;
  /** Base64. */
  data: string;
}

class Attachment {
  readonly key = crypto.randomUUID();
  readonly name: string;
  readonly mediaType: string;
  readonly size: number;
  /** 0 to 1. */
  progress = $state(0);
  data = $state.raw<string>();
  readonly #reader = new FileReader();

  constructor(file: File, onfailed: () => void) {
    this.name = file.name;
    this.mediaType = mediaTypeOf(file);
    this.size = file.size;
    this.#reader.addEventListener("progress", (event) => {
      if (event.lengthComputable && event.total > 0) this.progress = event.loaded / event.total;
    });
    this.#reader.addEventListener("load", () => {
      const url = String(this.#reader.result);
      this.progress = 1;
      this.data = url.slice(url.indexOf(",") + 1);
    });
    this.#reader.addEventListener("error", onfailed);
    this.#reader.readAsDataURL(file);
  }

  cancel(): void {
    this.#reader.abort();
  }
}

export type { Attachment };

/** The files that go with the next input, within the platform's limits. */
export class Attachments {
  items = $state.raw<Attachment[]>([]);
  /** Why files were not taken; empty where all were. */
  problem = $state("");
  /** Says why a file is not taken that is within the limits. */
  refuse: (file: File) => string | undefined;

  constructor(refuse: (file: File) => string | undefined = () => undefined) {
    this.refuse = refuse;
  }

  get reading(): boolean {
    return this.items.some((item) => item.data === undefined);
  }

  get ready(): ReadyAttachment[] {
    return this.items.flatMap(({ name, mediaType, size, data }) =>
      data === undefined ? [] : [{ name, mediaType, size, data }],
    );
  }

  add(files: Iterable<File>): void {
    const problems: string[] = [];
    for (const file of files) {
      const problem = this.#refusal(file);
      if (problem) {
        problems.push(problem);
        continue;
      }
      const item = new Attachment(file, () => {
        this.remove(item);
        this.problem = `${file.name} could not be read.`;
      });
      this.items = [...this.items, item];
    }
    this.problem = [...new Set(problems)].join(" ");
  }

  remove(item: Attachment): void {
    item.cancel();
    this.items = this.items.filter((other) => other !== item);
    this.problem = "";
  }

  clear(): void {
    this.items = [];
    this.problem = "";
  }

  /** Puts files back that were sent and not accepted. */
  restore(items: readonly Attachment[]): void {
    this.items = [...items, ...this.items];
  }

  #refusal(file: File): string | undefined {
    if (this.items.length >= attachmentLimit.count) {
      return `At most ${attachmentLimit.count} files go with one message.`;
    }
    const ofNoSize = whyOfNoSize(file);
    if (ofNoSize) return ofNoSize;
    if (this.items.some((item) => item.name === file.name && item.size === file.size)) {
      return `${file.name} is attached already.`;
    }
    return this.refuse(file);
  }
}
