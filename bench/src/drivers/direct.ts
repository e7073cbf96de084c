import type { Driver } from "./contract.ts";
import { Stopwatch, postForEvents } from "./event-reader.ts";

interface Chunk {
  choices: { delta: { content?: string } }[];
}

/** The upstream itself: what it takes is subtracted from everyone. */
export const direct: Driver = {
  open({ url }, model, expected) {
    return Promise.resolve({
      async turn(input) {
        const watch = new Stopwatch(expected);
        const body = { model, stream: true, messages: [{ role: "user", content: input }] };
        await postForEvents({ url: `${url}/chat/completions`, body }, (data) => {
          if (data === "[DONE]") return;
          watch.piece((JSON.parse(data) as Chunk).choices[0]?.delta.content ?? "");
        });
        return watch.done();
      },
      close() {},
    });
  },
};
