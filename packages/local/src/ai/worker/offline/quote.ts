/** Which sentences of a text answer a question, by the words they have in common. */
import { countsOf, sentencesOf, termsOf } from "./words.ts";

const sentencesShown = 3;

/** Share of the question's weight below which a sentence is no answer. */
const threshold = 0.4;

interface Scored {
  text: string;
  at: number;
  score: number;
}

/** Rare words say more: the logarithm of how few of the sentences hold them. */
function weigh(terms: ReadonlySet<string>, sentences: readonly ReadonlySet<string>[]): Map<string, number> {
  const counts = countsOf(sentences);
  return new Map(
    [...terms].map((term) => {
      const holding = counts.get(term) ?? 0;
      // A word that stands nowhere is often only how the question is put.
      return [term, holding === 0 ? Math.LN2 : Math.log(1 + (sentences.length + 1) / (holding + 0.5))];
    }),
  );
}

const total = (terms: Iterable<string>, weights: ReadonlyMap<string, number>): number => {
  let sum = 0;
  for (const term of terms) sum += weights.get(term) ?? 0;
  return sum;
};

/** Up to three verbatim sentences in the order of the text; none where too little of the question is in any. */
export function quote(question: string, text: string): string[] {
  const asked = new Set(termsOf(question));
  const sentences = [...new Set(sentencesOf(text))];
  const words = sentences.map((sentence) => new Set(termsOf(sentence)));
  const weights = weigh(asked, words);
  const all = total(asked, weights);
  if (all === 0) return [];
  const scored = sentences.map((sentence, at): Scored => {
    const shared = words[at]?.intersection(asked) ?? new Set();
    return { text: sentence, at, score: total(shared, weights) / all };
  });
  const [best] = scored.toSorted((a, b) => b.score - a.score);
  if (best === undefined || best.score < threshold) return [];
  return scored
    .filter(({ score }) => score >= Math.max(threshold, best.score * 0.75))
    .toSorted((a, b) => b.score - a.score || a.at - b.at)
    .slice(0, sentencesShown)
    .toSorted((a, b) => a.at - b.at)
    .map(({ text: sentence }) => sentence);
}

/** The sentences that share most with the rest of the text, verbatim and in order, up to `length` characters. */
export function summarize(text: string, length: number): string {
  const sentences = sentencesOf(text);
  const words = sentences.map((sentence) => new Set(termsOf(sentence)));
  const counts = countsOf(words);
  const ranked = sentences
    .map((sentence, at): Scored => {
      const terms = words[at] ?? new Set<string>();
      const sum = [...terms].reduce((score, term) => score + ((counts.get(term) ?? 1) - 1), 0);
      return { text: sentence, at, score: sum / Math.sqrt(terms.size + 1) };
    })
    .toSorted((a, b) => b.score - a.score || a.at - b.at);
  const chosen: Scored[] = [];
  let used = 0;
  for (const sentence of ranked) {
    if (chosen.length > 0 && used + sentence.text.length + 1 > length) continue;
    chosen.push(sentence);
    used += sentence.text.length + 1;
  }
  const summary = chosen.toSorted((a, b) => a.at - b.at).map(({ text: sentence }) => sentence);
  return summary.join(" ").slice(0, length);
}
