/** Models asked without an agent: a text or an object, embeddings, images. */
import { createRoute, z } from "@hono/zod-openapi";
import {
  EmbedRequest,
  EmbedResult,
  GenerateRequest,
  GenerateResult,
  GeneratedImage,
  ImageRequest,
  OrreryError,
  newId,
  timestamp,
  uiMessageStreamHeader,
} from "@orrery/protocol";
import type { FilterFinding, ModelCall, RouteDecision } from "@orrery/protocol";
import type { Context } from "hono";
import {
  FreshHeaders,
  created,
  edgeLocation,
  json,
  jsonBody,
  problem,
  problems,
  requireScope,
  securityOf,
  signAddress,
  verifyAddress,
  wantsFresh,
} from "../../security/index.ts";
import type { Api, AppEnv } from "../../security/index.ts";
import type { CallContext, ModelGateway, ModelRequest } from "../contract.ts";
import { gatewayFor } from "../isolate.ts";
import { refusing } from "../refusing.ts";
import { generateStream } from "./generate-stream.ts";
import { readImage, storeImage } from "./image-store.ts";
import { userMessage } from "./model-input.ts";

/** Milliseconds that a direct call has. */
const callMs = 10 * 60_000;
/** Milliseconds for which an image's address opens. */
const addressMs = 24 * 60 * 60_000;

const middleware = requireScope("executions:run");
const failures = {
  ...problems,
  402: problem("A budget does not allow it."),
  502: problem("The model's provider failed."),
  504: problem("The model's provider did not answer in time."),
};

const generate = createRoute({
  method: "post",
  path: "/models/generate",
  tags: ["Models"],
  summary: "Ask a model directly",
  description:
    "Answers with the text, or with an object where `schema` is given; as a UI message stream with `stream`. " +
    "Nothing is kept but what it cost.",
  middleware,
  request: { headers: FreshHeaders, body: jsonBody(GenerateRequest) },
  responses: {
    200: {
      description: "The answer, or its stream.",
      content: {
        "application/json": { schema: GenerateResult },
        "text/event-stream": { schema: z.string().meta({ description: "The AI SDK's UI message stream." }) },
      },
    },
    ...failures,
  },
});

const embed = createRoute({
  method: "post",
  path: "/models/embed",
  tags: ["Models"],
  summary: "Embed texts",
  middleware,
  request: { headers: FreshHeaders, body: jsonBody(EmbedRequest) },
  responses: { 200: json(EmbedResult, "One embedding for each value, in order."), ...failures },
});

const image = createRoute({
  method: "post",
  path: "/models/images",
  tags: ["Models"],
  summary: "Make an image",
  description: "The image is kept; its address is signed and opens without a token for a day.",
  middleware,
  request: { headers: FreshHeaders, body: jsonBody(ImageRequest) },
  responses: { 201: created(GeneratedImage, "The image; `Location` is its address."), ...failures },
});

const showImage = createRoute({
  method: "get",
  path: "/images/{workspaceId}/{imageId}",
  tags: ["Models"],
  summary: "Get an image by its signed address",
  request: {
    // Whatever does not fit is an address that never was: nothing more is said about it.
    params: z.object({ workspaceId: z.string(), imageId: z.string() }),
    query: z.object({ expires: z.string().default(""), signature: z.string().default("") }),
  },
  responses: {
    200: {
      description: "The image.",
      content: { "image/*": { schema: z.string().meta({ format: "binary" }) } },
    },
    304: { description: "The caller has it already, by its `If-None-Match`." },
    404: problem("The address has ended, or never was."),
  },
});

/** Adds `POST /models/generate`, `/models/embed` and `/models/images` to the API. */
export function directRoutes(api: Api): void {
  api.openapi(generate, async (c) => {
    const { schema, stream, ...asked } = c.req.valid("json");
    const gateway = gatewayFor(c.env);
    const request: ModelRequest = {
      ...contextOf(c, asked.modelPolicy),
      model: asked.model,
      ...(asked.systemPrompt !== undefined && { system: asked.systemPrompt }),
      messages: [userMessage(asked.input)],
      tools: [],
      temperature: asked.temperature,
      maxTokens: asked.maxTokens,
    };
    if (schema !== undefined) {
      const { object, text, model, extractive, route, calls, filtered } = await refusing(() =>
        outliving(c, gateway.object({ ...request, responseFormat: { name: "answer", schema } })),
      );
      const answer = { text, object, model, extractive, calls, filtered };
      return c.json({ ...answer, ...(route && { route }) }, 200);
    }
    if (stream) {
      if (c.req.header("idempotency-key") !== undefined) throw keyedStream();
      const { body, over } = generateStream(
        (signal) => gateway.step({ ...request, signal }),
        request.callId,
        request.signal,
      );
      c.executionCtx.waitUntil(over);
      return new Response(body, {
        headers: {
          "content-type": "text/event-stream; charset=utf-8",
          "cache-control": "no-cache, no-store",
          "x-accel-buffering": "no",
          ...uiMessageStreamHeader,
        },
      });
    }
    return c.json(await refusing(() => outliving(c, wholeAnswer(gateway, request))), 200);
  });

  api.openapi(embed, async (c) => {
    const { model, values } = c.req.valid("json");
    const made = await refusing(() =>
      outliving(c, gatewayFor(c.env).embed({ ...contextOf(c, {}), model, values })),
    );
    return c.json({ ...made, dimensions: made.embeddings[0]?.length ?? 0 }, 200);
  });

  api.openapi(image, async (c) => {
    const { workspaceId } = c.var.identity;
    const { width, height, seed, ...asked } = c.req.valid("json");
    const size = {
      ...(width !== undefined && { width }),
      ...(height !== undefined && { height }),
      ...(seed !== undefined && { seed }),
    };
    const made = await refusing(() =>
      outliving(c, gatewayFor(c.env).image({ ...contextOf(c, {}), ...asked, ...size })),
    );
    const stored = await storeImage(c.env.FILES, workspaceId, made);
    const expiresAt = Date.now() + addressMs;
    const path = `/images/${encodeURIComponent(workspaceId)}/${stored.id}`;
    const url = signAddress(securityOf(c.env).settings, path, expiresAt);
    const { model, calls } = made;
    return c.json({ ...stored, model, calls, url, urlExpiresAt: timestamp(expiresAt) }, 201, {
      location: url,
    });
  });
}

/** Adds the address of images, which needs no token, to the application. */
export function imageRoutes(app: Api): void {
  app.openapi(showImage, async (c) => {
    const { workspaceId, imageId } = c.req.valid("param");
    const path = `/images/${encodeURIComponent(workspaceId)}/${imageId}`;
    const { settings } = securityOf(c.env);
    const stored = verifyAddress(settings, path, c.req.valid("query"), Date.now())
      ? await readImage(c.env.FILES, workspaceId, imageId, c.req.raw.headers)
      : null;
    if (stored === null)
      throw new OrreryError("not_found", "There is no such image, or its address has ended.");
    const known = {
      "cache-control": "private, max-age=86400, immutable",
      // Whoever has the address may show the image, on a page of any origin.
      "cross-origin-resource-policy": "cross-origin",
      etag: stored.etag,
    };
    if (stored.body === null) return new Response(null, { status: 304, headers: known });
    return new Response(stored.body, {
      headers: {
        ...known,
        "content-type": stored.mediaType,
        "content-disposition": "inline",
        "content-security-policy": "default-src 'none'; sandbox",
      },
    });
  });
}

/** A stream is not kept, so the work would be done again: nobody is to believe otherwise. */
const keyedStream = (): OrreryError =>
  new OrreryError(
    "invalid_request",
    "A streamed answer is not kept, so an Idempotency-Key is no use for it",
    {
      status: 422,
      errors: [{ path: "stream", message: "leave out stream, or the Idempotency-Key" }],
    },
  );

function contextOf(c: Context<AppEnv>, policy: CallContext["policy"]): CallContext {
  return {
    callId: newId(),
    caller: { workspaceId: c.var.identity.workspaceId, location: edgeLocation(c.req.raw) },
    policy,
    signal: c.req.raw.signal,
    deadline: Date.now() + callMs,
    ...(wantsFresh(c) && { noCache: true }),
  };
}

/** Lets work come to its end although the caller has left: what a model was asked has to be booked. */
function outliving<Made>(c: Context<AppEnv>, work: Promise<Made>): Promise<Made> {
  c.executionCtx.waitUntil(work.catch(() => undefined));
  return work;
}

async function wholeAnswer(gateway: ModelGateway, request: ModelRequest): Promise<GenerateResult> {
  let text = "";
  let route: RouteDecision | undefined;
  const calls: ModelCall[] = [];
  const filtered: FilterFinding[] = [];
  for await (const event of gateway.step(request)) {
    if (event.type === "text") text += event.text;
    else if (event.type === "restart") text = "";
    else if (event.type === "route") route = event.decision;
    else if (event.type === "call") calls.push(event.call);
    else if (event.type === "filtered") filtered.push(...event.findings);
    else if (event.type === "finish") {
      const { model, extractive } = event;
      return { text, model, extractive, calls, filtered, ...(route && { route }) };
    }
  }
  throw new Error("the gateway ended a step without finishing it");
}
