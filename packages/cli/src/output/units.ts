/** A span in the unit a person would say it in. */
export function duration(milliseconds: number): string {
  if (milliseconds < 1_000) return `${Math.round(milliseconds)} ms`;
  const seconds = milliseconds / 1_000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60
    ? `${minutes} min ${Math.round(seconds % 60)} s`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** How long ago a moment was. */
export function ago(timestamp: string, now: number): string {
  const seconds = Math.max(0, Math.round((now - Date.parse(timestamp)) / 1_000));
  if (seconds < 5) return "just now";
  if (seconds < 60) return `${seconds} s ago`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ago`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ago`;
  return `${Math.floor(hours / 24)} days ago`;
}

/** A size in bytes, in the unit a person would say it in. */
export function bytes(count: number): string {
  if (count < 1_000) return `${count} B`;
  const kilobytes = count / 1_000;
  return kilobytes < 1_000
    ? `${kilobytes.toFixed(kilobytes < 10 ? 1 : 0)} kB`
    : `${(kilobytes / 1_000).toFixed(1)} MB`;
}

/** Micro-dollars as dollars, with as many places as it takes to see them. */
export function dollars(micros: number): string {
  const value = micros / 1_000_000;
  if (value >= 1 || micros === 0) return `$${value.toFixed(2)}`;
  const [whole, places = ""] = value.toLocaleString("en", { maximumSignificantDigits: 3 }).split(".");
  return `$${whole}.${places.padEnd(2, "0")}`;
}

/** Seconds of `90s`, `15m`, `12h`, `30d`, or a plain number; undefined for anything else. */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d+)\s*([smhd]?)$/.exec(text.trim());
  if (match === null) return undefined;
  const unit = { s: 1, m: 60, h: 3_600, d: 86_400, "": 1 }[match[2] ?? ""] ?? 1;
  return Number(match[1]) * unit;
}

/** A number of things, by their name. */
export const counted = (count: number, name: string): string => `${count} ${name}${count === 1 ? "" : "s"}`;
