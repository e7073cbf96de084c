import { wordsOf } from "./words.ts";

const positive = new Set(
  (
    "accurate adore affordable amazing awesome beautiful best better brilliant calm charming cheerful clean clear comfortable " +
    "convenient cozy crisp delicious delight delighted delightful easy effective efficient elegant enjoy enjoyable enjoyed " +
    "excellent excited exciting fabulous fantastic fast favorite favourite fine flawless fresh friendly fun generous gentle " +
    "glad good gorgeous grateful great happy helpful honest impressed impressive incredible inspiring kind love loved lovely " +
    "loves loving magnificent marvelous nice outstanding perfect perfectly pleasant pleased polite positive pretty quick " +
    "recommend recommended reliable remarkable rich right safe satisfied satisfying sharp smart smooth solid splendid stunning " +
    "succeed success successful superb sweet terrific thank thanks thrilled tidy top useful valuable warm welcome well win " +
    "wonderful worth worthy yummy"
  ).split(" "),
);

const negative = new Set(
  (
    "annoyed annoying angry atrocious avoid awful bad bland boring broke broken bug buggy cheap clumsy cold complain complaint " +
    "confused confusing cramped crash crashed cruel damaged dangerous dead delay delayed dirty disappointed disappointing " +
    "disappointment disaster disgusting dislike dreadful dull error expensive fail failed failure fails fake fault faulty fear " +
    "flawed fraud frustrated frustrating garbage gross hate hated hates hideous horrible horrid hurt ill inferior insult " +
    "irritating junk lack lacking late lazy lie lost mediocre mess messy miserable missing mistake nasty noisy overpriced pain " +
    "painful pathetic poor poorly pointless problem problems refund regret ridiculous rotten rude ruined sad scam scared sick " +
    "slow sorry stale stink stuck stupid sucks terrible tired tragic trouble ugly unhappy unpleasant unreliable upset useless " +
    "vile waste wasted weak weird worse worst worthless wrong"
  ).split(" "),
);

const negations = new Set(
  "not no never neither nor hardly barely without isn't wasn't don't doesn't didn't won't can't couldn't aren't weren't".split(
    " ",
  ),
);

/** How strong one word weighs against none. */
const steepness = 1.2;

/** Between 0 (negative) and 1 (positive); 0.5 where no word of the list is there. "Not good" counts as bad. */
export function sentiment(text: string): number {
  const words = wordsOf(text).map((word) => word.replaceAll("’", "'"));
  let sum = 0;
  for (const [at, word] of words.entries()) {
    const value = positive.has(word) ? 1 : negative.has(word) ? -1 : 0;
    if (value === 0) continue;
    const negated = words.slice(Math.max(0, at - 3), at).some((before) => negations.has(before));
    sum += negated ? -value : value;
  }
  return 1 / (1 + Math.exp(-steepness * sum));
}
