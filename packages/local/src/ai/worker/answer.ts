/** What a model's task comes to, before it becomes a response. */
export interface Answer {
  /** An object goes as JSON. */
  body: object | ReadableStream<Uint8Array> | Uint8Array<ArrayBuffer>;
  /** Of a body that is no object. */
  contentType?: string;
  /** `offline`, or `<server>/<its model>`. */
  servedBy: string;
}

/** Told with every answer, for those who take the raw response. */
export const servedByHeader = "local-ai-served-by";

export function responseOf({ body, contentType = "application/octet-stream", servedBy }: Answer): Response {
  const headers = { [servedByHeader]: servedBy, "cf-ai-req-id": crypto.randomUUID() };
  if (body instanceof ReadableStream || body instanceof Uint8Array) {
    return new Response(body, { headers: { ...headers, "content-type": contentType } });
  }
  return Response.json(body, { headers });
}
