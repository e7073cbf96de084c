/** A `fetch` that writes down what it was asked and answers as it is told, for what no server here can be. */

export interface Sent {
  url: string;
  headers: Headers;
  body: unknown;
}

export interface RecordingFetch {
  fetch: typeof fetch;
  sent: Sent[];
}

/** Every request is answered by `answer`, made anew each time. */
export function recordingFetch(answer: () => Response): RecordingFetch {
  const sent: Sent[] = [];
  return {
    sent,
    fetch: async (input, init) => {
      const request = new Request(input, init);
      sent.push({ url: request.url, headers: request.headers, body: await request.json() });
      return answer();
    },
  };
}

/** A stream of events, ended as the chat-completions wire ends one. */
export const chatAnswer = (text: string, headers: Record<string, string> = {}): Response =>
  new Response(
    [
      { choices: [{ delta: { content: text } }] },
      { choices: [{ delta: {}, finish_reason: "stop" }], usage: { prompt_tokens: 3, completion_tokens: 2 } },
    ]
      .map((event) => `data: ${JSON.stringify(event)}\n\n`)
      .join("") + "data: [DONE]\n\n",
    { headers: { "content-type": "text/event-stream", ...headers } },
  );
