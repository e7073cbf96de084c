import { createClient } from "@orrery/client";
import { credentials } from "#lib/security/credentials.svelte.ts";

/** The platform that served this page, spoken to with the visitor's token. */
export const platform = createClient({
  baseUrl: location.origin,
  getToken: () => credentials.token,
  fetch: async (input, init) => {
    const used = credentials.token;
    const response = await fetch(input, init);
    if (response.status === 401 && used !== undefined && used === credentials.token) {
      credentials.refuse();
    }
    return response;
  },
});
