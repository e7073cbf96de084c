/** A line of text in the making. */

/** Gathers a line piece by piece: what is asked of it costs the same, however long it has become. */
export class TextLine {
  /** None of them empty. */
  #pieces: string[] = [];
  #length = 0;

  get length(): number {
    return this.#length;
  }

  add(piece: string): void {
    if (piece === "") return;
    this.#pieces.push(piece);
    this.#length += piece.length;
  }

  /** Begins the line anew. */
  begin(text: string): void {
    this.#pieces = [];
    this.#length = 0;
    this.add(text);
  }

  endsWith(ending: string): boolean {
    return this.#pieces.at(-1)?.endsWith(ending) ?? false;
  }

  /** Whether each piece is as it should be, the first and the others. */
  every(holds: (piece: string, at: number) => boolean): boolean {
    return this.#pieces.every(holds);
  }

  /** Removes white space at its end. */
  trimEnd(): void {
    let last = "";
    while (last === "" && this.#pieces.length > 0) {
      const piece = this.#pieces.pop() ?? "";
      this.#length -= piece.length;
      last = piece.trimEnd();
    }
    this.add(last);
  }

  toString(): string {
    return this.#pieces.join("");
  }
}
