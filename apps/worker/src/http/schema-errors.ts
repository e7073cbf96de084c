import type { FieldError } from "@orrery/protocol";
import type { z } from "zod";

type Issue = z.core.$ZodIssue;

/** As many as help; a list of a thousand wrong items needs no thousand lines. */
const most = 20;

const join = (base: string, path: readonly PropertyKey[]): string =>
  [base, ...path.map(String)].filter((part) => part !== "").join(".");

/** Of a union's branches, the one that was meant: it got furthest before something was wrong. */
function closest(branches: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  const depth = (issues: readonly Issue[]): number => Math.max(...issues.map((issue) => issue.path.length));
  const wrongType = (issues: readonly Issue[]): number =>
    issues.some((issue) => issue.code === "invalid_type" && issue.path.length === 0) ? 1 : 0;
  return branches
    .filter((issues) => issues.length > 0)
    .toSorted((a, b) => wrongType(a) - wrongType(b) || depth(b) - depth(a) || a.length - b.length)[0];
}

function* fieldErrors(issues: readonly Issue[], base: string): Generator<FieldError> {
  for (const issue of issues) {
    const path = join(base, issue.path);
    if (issue.code === "unrecognized_keys") {
      for (const key of issue.keys) yield { path: join(path, [key]), message: "There is no such field" };
      continue;
    }
    const meant = issue.code === "invalid_union" ? closest(issue.errors) : undefined;
    if (meant === undefined) yield { path, message: issue.message };
    else yield* fieldErrors(meant, path);
  }
}

/** What a schema found wrong, as `errors` of a problem: at most 20 of them. */
export function toFieldErrors(error: z.core.$ZodError): FieldError[] {
  return [...fieldErrors(error.issues, "").take(most)];
}
