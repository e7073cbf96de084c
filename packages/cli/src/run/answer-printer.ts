import { MessageBuilder, textOf, type TurnChunk } from "@orrery/client";
import { oneLine, printable } from "../output/text.ts";
import type { Session } from "../session.ts";
import { citations } from "./citations.ts";

/** Characters of a tool's input that are shown. */
const inputShown = 72;

/**
 * Prints an answer as it comes. What has been printed cannot be taken back: when the platform was
 * interrupted and repeats itself, what is on the screen already is not printed again, and where the
 * new answer differs, that is said and the answer printed anew.
 */
export class AnswerPrinter {
  readonly #session: Session;
  readonly #builder = new MessageBuilder();
  #printed = "";
  #isCatchingUp = false;
  #isMidLine = false;

  constructor(session: Session) {
    this.#session = session;
  }

  print(chunk: TurnChunk): void {
    this.#builder.add(chunk);
    if (chunk.type === "data-restart") this.#isCatchingUp = true;
    else if (chunk.type === "text-delta") this.#text();
    else if (chunk.type === "tool-input-available") {
      const input = oneLine(JSON.stringify(chunk.input) ?? "");
      this.#note(
        `→ ${chunk.toolName} ${input.length > inputShown ? `${input.slice(0, inputShown)}…` : input}`,
      );
    } else if (chunk.type === "tool-output-error") this.#note(`× ${oneLine(chunk.errorText)}`);
  }

  /** What is left to print once the answer has ended. */
  end(): void {
    const text = this.#text();
    if (this.#isCatchingUp && text.length < this.#printed.length) this.#anew(text);
    this.#endLine();
    const sources = citations(this.#builder.message.parts, this.#session.style);
    if (sources !== "") this.#session.write(`\n${sources}`);
  }

  /** Prints what the answer has more than the screen. Returns the whole answer. */
  #text(): string {
    const text = printable(textOf(this.#builder.message));
    if (text.startsWith(this.#printed)) {
      this.#write(text.slice(this.#printed.length));
      this.#printed = text;
      this.#isCatchingUp = false;
    } else if (!this.#isCatchingUp || !this.#printed.startsWith(text)) this.#anew(text);
    return text;
  }

  #anew(text: string): void {
    this.#isCatchingUp = false;
    this.#note("The platform was interrupted and answered otherwise. The whole answer:");
    this.#write(text);
    this.#printed = text;
  }

  #write(text: string): void {
    if (text === "") return;
    this.#session.write(text);
    this.#isMidLine = !text.endsWith("\n");
  }

  #endLine(): void {
    if (this.#isMidLine) this.#session.write("\n");
    this.#isMidLine = false;
  }

  /** A line about the answer. It goes to the error stream, so that a pipe carries the answer alone. */
  #note(text: string): void {
    if (this.#session.terminal.stdout.isTTY === true) this.#endLine();
    this.#session.remark(text);
  }
}
