/** Words too common to tell one passage from another. */

const english =
  "a about above after again against all also am an and any are aren as at be because been before being below between both but by can cannot could couldn d did didn do does doesn doing don down during each etc few for from further had hadn has hasn have haven having he her here hers herself him himself his how however i if in into is isn it its itself just let ll m may me might more most must my myself no nor not now of off on once only or other our ours ourselves out over own please re s same shall she should shouldn so some such t than that the their theirs them themselves then there these they this those through thus to too under until up upon us ve very was wasn we were weren what whatever when where whether which while who whom whose why will with won would wouldn yes yet you your yours yourself yourselves";

/** The function words with which questions are asked elsewhere; rarer ones are left to their weight. */
const elsewhere =
  "der das den dem des ein eine einen einem einer eines und oder aber ist sind war wird werden wie wer wo wann warum welche welcher welches mit von zu zum zur im am auf für bei nach aus über nicht auch als sich es ich du wir ihr le la les un une des et ou est sont qui que quoi quel quelle quels quelles comment pourquoi quand où dans avec pour sur par pas ce cette ces du au aux de el los las una unos unas y o es son qué quién cuál cuáles cómo cuándo dónde por para con en del se su sus lo il gli e di che chi come perché dove quando";

export const stopWords: ReadonlySet<string> = new Set(
  `${english} ${elsewhere.normalize("NFKD").replace(/\p{M}/gu, "")}`.split(" "),
);
