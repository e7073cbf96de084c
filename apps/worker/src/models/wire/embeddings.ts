/** Lists of numbers, as upstreams send embeddings. */

const isEmbedding = (value: unknown): value is number[] =>
  Array.isArray(value) &&
  value.length > 0 &&
  value.every((number) => typeof number === "number" && Number.isFinite(number));

/**
 * Checks that there is one embedding for each text, all of one length.
 * @throws SyntaxError which whoever reads an upstream's answer knows as an answer that cannot be read
 */
export function embeddingsFor(texts: readonly string[], found: readonly unknown[]): number[][] {
  const embeddings = found.filter(isEmbedding);
  if (embeddings.length !== texts.length || found.length !== texts.length) {
    throw new SyntaxError(`${embeddings.length} embeddings came for ${texts.length} texts`);
  }
  if (embeddings.some((embedding) => embedding.length !== embeddings[0]?.length)) {
    throw new SyntaxError("the embeddings differ in length");
  }
  return embeddings;
}
