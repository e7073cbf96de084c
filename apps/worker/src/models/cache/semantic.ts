/** Questions that mean the same: vectors as they are kept, and the nearest of them. */

/** A vector of length one as float32s, so that a product is a cosine; null for one without a direction. */
export function toBlob(vector: readonly number[]): ArrayBuffer | null {
  const length = Math.hypot(...vector);
  if (!Number.isFinite(length) || length === 0) return null;
  return Float32Array.from(vector, (component) => component / length).buffer;
}

/** Cosine similarity of two vectors from {@link toBlob}; -1 where they have different lengths. */
export function cosine(one: ArrayBuffer, other: ArrayBuffer): number {
  if (one.byteLength !== other.byteLength) return -1;
  const a = new Float32Array(one);
  const b = new Float32Array(other);
  let sum = 0;
  for (let index = 0; index < a.length; index++) sum += (a[index] ?? 0) * (b[index] ?? 0);
  return Math.min(1, Math.max(-1, sum));
}
