/** Files on their way to the platform. */

/** Files that are sent at the same time: each is held in memory meanwhile. */
const atOnce = 3;

/** Why a file could not be added, in words, and whether adding it again may help. */
export interface UploadFailure {
  words: string;
  retry: boolean;
}

/** A file that is being added, or could not be. */
export class Upload {
  readonly key = crypto.randomUUID();
  readonly file: File;
  state = $state<"waiting" | "adding" | "failed">("waiting");
  failure = $state.raw<UploadFailure>();
  readonly #controller = new AbortController();

  constructor(file: File) {
    this.file = file;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  cancel(): void {
    this.#controller.abort();
  }

  fail(failure: UploadFailure): void {
    this.state = "failed";
    this.failure = failure;
  }
}

export interface UploadWork<Result> {
  /** Says why a file is not even sent; undefined where it is. */
  refuse: (file: File) => string | undefined;
  /** Sends a file. */
  send: (file: File, signal: AbortSignal) => Promise<Result>;
  /** What was thrown by `send`, in words. */
  explain: (error: unknown, file: File) => UploadFailure;
  /** Called when nothing is left to send, with what came of it, where anything did. */
  onfinished: (results: Result[]) => void;
}

/** A queue of files. Those that were sent leave it; those that could not be stay, with the reason. */
export class Uploads<Result> {
  items = $state.raw<readonly Upload[]>([]);
  /** How many files there are to send since the queue was empty, and how many of them are through. */
  total = $state(0);
  settled = $state(0);
  #results: Result[] = [];
  readonly #work: UploadWork<Result>;

  constructor(work: UploadWork<Result>) {
    this.#work = work;
  }

  /** Whether any file is still on its way. */
  get busy(): boolean {
    return this.settled < this.total;
  }

  add(files: Iterable<File>): void {
    const added = Array.from(files, (file) => new Upload(file));
    for (const upload of added) {
      const words = this.#work.refuse(upload.file);
      if (words === undefined) this.total += 1;
      else upload.fail({ words, retry: false });
    }
    this.items = [...this.items, ...added];
    this.#proceed();
  }

  /** Sends a file anew that could not be sent. */
  retry(upload: Upload): void {
    this.items = this.items.filter((other) => other !== upload);
    this.add([upload.file]);
  }

  /** Takes a file off the queue, also while it is being sent. */
  remove(upload: Upload): void {
    if (!this.items.includes(upload)) return;
    const { state } = upload;
    upload.cancel();
    this.items = this.items.filter((other) => other !== upload);
    if (state !== "failed") this.#settle();
  }

  /** Forgets the files that could not be sent. */
  clearFailed(): void {
    this.items = this.items.filter(({ state }) => state !== "failed");
  }

  #proceed(): void {
    const free = atOnce - this.items.filter(({ state }) => state === "adding").length;
    const next = this.items.filter(({ state }) => state === "waiting").slice(0, Math.max(0, free));
    for (const upload of next) void this.#send(upload);
  }

  async #send(upload: Upload): Promise<void> {
    upload.state = "adding";
    const { signal } = upload;
    try {
      const result = await this.#work.send(upload.file, signal);
      // One that was taken off meanwhile has been counted.
      if (signal.aborted) return;
      this.#results.push(result);
      this.items = this.items.filter((other) => other !== upload);
    } catch (error) {
      if (signal.aborted) return;
      upload.fail(this.#work.explain(error, upload.file));
    }
    this.#settle();
  }

  #settle(): void {
    this.settled += 1;
    if (this.busy) {
      this.#proceed();
      return;
    }
    const results = this.#results;
    this.total = 0;
    this.settled = 0;
    this.#results = [];
    if (results.length > 0) this.#work.onfinished(results);
  }
}
