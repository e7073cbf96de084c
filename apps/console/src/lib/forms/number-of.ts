/** Text of a number field; `NaN` where it is none, which every schema of numbers refuses. */
export const numberOf = (text: string): number => (text.trim() === "" ? Number.NaN : Number(text));
