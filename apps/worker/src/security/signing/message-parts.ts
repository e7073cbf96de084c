/** HTTP messages as far as signatures can cover them (RFC 9421 §2). */

/** The lines of a header or trailer field, by its lower-case name, as they came; null where there are none. */
export type Fields = (name: string) => readonly string[] | null;

export interface RequestParts {
  readonly kind: "request";
  readonly method: string;
  /** Absolute. */
  readonly url: string;
  readonly fields: Fields;
  readonly trailers?: Fields;
}

export interface ResponseParts {
  readonly kind: "response";
  readonly status: number;
  readonly fields: Fields;
  readonly trailers?: Fields;
  /** What it answers, for components with `req`. */
  readonly request?: RequestParts;
}

export type MessageParts = RequestParts | ResponseParts;

/**
 * Lines of `headers`. Fetch joins the lines of a field as RFC 9110 §5.2 does, all but those of Set-Cookie: a field that
 * came in several lines is one here, so `bs` over such a field does not verify.
 */
export const fieldsOf =
  (headers: Headers): Fields =>
  (name) => {
    if (name === "set-cookie") {
      const cookies = headers.getSetCookie();
      return cookies.length > 0 ? cookies : null;
    }
    const value = headers.get(name);
    return value === null ? null : [value];
  };

export const requestParts = ({ method, url, headers }: Request): RequestParts => ({
  kind: "request",
  method,
  url,
  fields: fieldsOf(headers),
});

export const responseParts = ({ status, headers }: Response, request?: Request): ResponseParts => ({
  kind: "response",
  status,
  fields: fieldsOf(headers),
  ...(request !== undefined && { request: requestParts(request) }),
});
