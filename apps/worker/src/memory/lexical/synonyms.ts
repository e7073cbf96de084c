/** Everyday words that questions and documents use for one another. */
import { termsOf } from "./terms.ts";

const groups = [
  "cost price fee fare pricing expensive",
  "buy purchase order",
  "delete remove erase",
  "begin start launch",
  "end finish stop terminate retire",
  "cancel terminate cancellation",
  "error failure fault problem issue",
  "fix repair resolve solve",
  "install setup installation",
  "configure configuration setting option",
  "maximum limit most max upper",
  "minimum least min lowest",
  "allow permit enable",
  "forbid prohibit disallow ban",
  "require need must requirement prerequisite",
  "author written wrote writer",
  "founder founded established",
  "employee staff worker personnel",
  "customer client buyer",
  "refund reimburse reimbursement",
  "contact email phone telephone address",
  "license licence",
  "dose dosage",
  "drug medication medicine",
  "effect impact influence",
  "cause reason lead",
  "increase raise grow rise higher",
  "decrease reduce lower decline",
  "benefit advantage",
  "drawback disadvantage limitation",
  "difference differ versus compared",
  "quick fast speed",
  "duration last length period",
  "holiday vacation leave",
  "salary pay wage compensation",
  "deadline due within",
  "goal aim objective purpose",
  "result finding outcome conclusion",
  "method approach technique procedure",
  "use usage utilize",
  "create make build generate",
  "show display",
  "version release",
  "support compatible compatibility",
  "safe secure security",
  "login signin authenticate authentication",
  "kid child children pediatric",
  "location located place situated",
  "car vehicle automobile",
  "doctor physician clinician",
  "illness disease disorder",
  "spec specification",
  "config configuration configure",
  "info information",
  "app application",
  "repo repository",
  "env environment",
  "param parameter",
  "arg argument",
  "db database",
  "max maximum",
  "min minimum",
  "doc documentation",
  "admin administrator",
  "auth authentication authenticate",
  "org organization",
  "id identifier",
] as const;

const table: ReadonlyMap<string, ReadonlySet<string>> = (() => {
  const all = new Map<string, Set<string>>();
  for (const group of groups) {
    const terms = termsOf(group);
    for (const term of terms) {
      const others = all.get(term) ?? new Set<string>();
      for (const other of terms) if (other !== term) others.add(other);
      all.set(term, others);
    }
  }
  return all;
})();

const none: ReadonlySet<string> = new Set();

/** The terms that may stand for this term. */
export const synonymsOf = (term: string): ReadonlySet<string> => table.get(term) ?? none;
