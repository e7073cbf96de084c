/**
 * Which state of an agent's settings a change is meant for, as `ETag` and `If-Match` say it (RFC 9110 §8.8.3, §13.1.1).
 * An agent's `metrics` change with every turn and are not part of it.
 */

/** The entity tag of a version. */
export const tagOf = (version: number): string => `"${version}"`;

/** The versions that an `If-Match` accepts; undefined where it accepts any. Weak and foreign tags match none. */
export function versionsOf(ifMatch: string | undefined): number[] | undefined {
  if (ifMatch === undefined || ifMatch.trim() === "*") return undefined;
  return ifMatch.split(",").flatMap((tag) => {
    const version = /^"(\d{1,15})"$/.exec(tag.trim())?.[1];
    return version === undefined ? [] : [Number(version)];
  });
}
