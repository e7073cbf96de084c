/** A text on one line of at most so many characters, cut where a word ends if there is one near. */
export function shortened(text: string, characters: number): string {
  const line = text.trim().replace(/\s+/g, " ");
  if (line.length <= characters) return line;
  const cut = line.slice(0, characters);
  const atWord = cut.slice(0, cut.lastIndexOf(" "));
  return `${atWord.length > characters / 2 ? atWord : cut}…`;
}
