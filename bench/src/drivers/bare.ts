import type { Driver } from "./contract.ts";
import { Stopwatch, postForEvents } from "./event-reader.ts";

export const bare: Driver = {
  open({ url }, model, expected) {
    const name = crypto.randomUUID();
    return Promise.resolve({
      async turn(input) {
        const watch = new Stopwatch(expected);
        await postForEvents({ url: `${url}/${name}`, body: { model, input } }, (data) => {
          if (data !== "[DONE]") watch.piece((JSON.parse(data) as { token: string }).token);
        });
        return watch.done();
      },
      close() {},
    });
  },
};
