/** A remark as a sentence: with a capital at its beginning and a full stop at its end. */
export const sentence = (remark: string): string => {
  const text = remark.trim();
  return text && text.charAt(0).toUpperCase() + text.slice(1) + (/[.!?…]$/.test(text) ? "" : ".");
};
