/** Headers that tell browsers what an answer may do. */

/** An answer of the API is read by programs: a browser that shows it runs nothing in it. */
const apiPolicy = "default-src 'none'; frame-ancestors 'none'";

const policies = new Map<string, string>();

/**
 * The policy of the console's pages. Scripts come from this origin's files alone: the console's build
 * leaves none inline. Styles may be inline, since components position what floats with them.
 * `'self'` covers WebSockets in new browsers; their addresses are named for the others.
 */
export function pagePolicy(host: string): string {
  const known = policies.get(host);
  if (known !== undefined) return known;
  const policy = [
    "default-src 'self'",
    "script-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self'",
    `connect-src 'self' ws://${host} wss://${host}`,
    "worker-src 'self'",
    "manifest-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join("; ");
  if (policies.size > 100) policies.clear();
  policies.set(host, policy);
  return policy;
}

const permissions = [
  "accelerometer",
  "camera",
  "display-capture",
  "geolocation",
  "gyroscope",
  "magnetometer",
  "microphone",
  "midi",
  "payment",
  "usb",
]
  .map((feature) => `${feature}=()`)
  .join(", ");

function addCommon(headers: Headers, url: string): void {
  headers.set("x-content-type-options", "nosniff");
  headers.set("referrer-policy", "no-referrer");
  // What stands open to pages of other origins says so itself.
  if (!headers.has("cross-origin-resource-policy"))
    headers.set("cross-origin-resource-policy", "same-origin");
  if (url.startsWith("https:")) headers.set("strict-transport-security", "max-age=31536000");
}

/** For answers of the API and of the platform's own addresses. */
export function addApiHeaders(headers: Headers, url: string): void {
  addCommon(headers, url);
  if (!headers.has("content-security-policy")) headers.set("content-security-policy", apiPolicy);
  if (!headers.has("cache-control")) headers.set("cache-control", "no-store");
}

/** For the console's pages and files. */
export function addPageHeaders(headers: Headers, url: string): void {
  addCommon(headers, url);
  headers.set("content-security-policy", pagePolicy(new URL(url).host));
  headers.set("cross-origin-opener-policy", "same-origin");
  headers.set("permissions-policy", permissions);
  headers.set("x-frame-options", "DENY");
}
