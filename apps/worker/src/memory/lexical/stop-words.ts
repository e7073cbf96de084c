/** Words too common to tell one passage from another. */

const english =
  "a about above after again against all also am an and any are aren as at be because been before being below between both but by can cannot could couldn d did didn do does doesn doing don down during each etc few for from further had hadn has hasn have haven having he her here hers herself him himself his how however i if in into is isn it its itself just let ll m may me might more most must my myself no nor not now of off on once only or other our ours ourselves out over own please re s same shall she should shouldn so some such t than that the their theirs them themselves then there these they this those through thus to too under until up upon us ve very was wasn we were weren what whatever when where whether which while who whom whose why will with won would wouldn yes yet you your yours yourself yourselves";

/**
 * The function words with which questions are asked elsewhere. Those of two letters are left to their weight:
 * they are codes in other languages (`IL-6`, `DE`).
 */
const elsewhere =
  "der das den dem des ein eine einen einem einer eines und oder aber ist sind war wird werden wie wer wann warum welche welcher welches mit von zum zur auf für bei nach aus über nicht auch als sich ich wir ihr les une est ont sont qui que quoi quel quelle quels quelles comment pourquoi quand dans avec pour sur par pas cette ces aux los las una unos unas son qué quién cuál cuáles cómo cuándo dónde por para con del gli che chi come perché dove quando";

export const stopWords: ReadonlySet<string> = new Set(
  `${english} ${elsewhere.normalize("NFKD").replace(/\p{M}/gu, "")}`.split(" "),
);
