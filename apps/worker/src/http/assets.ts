import { addPageHeaders } from "./security-headers.ts";

/** A page or file of the console, with the headers that hold it to this origin. */
export async function consoleResponse(request: Request, env: Env): Promise<Response> {
  const found = await env.ASSETS.fetch(request);
  const response = new Response(found.body, found);
  addPageHeaders(response.headers, request.url);
  return response;
}
