type Platform = Env;

/** What tests see of `import { env } from "cloudflare:workers"`: the platform's bindings and the test's own. */
declare namespace Cloudflare {
  interface Env extends Platform {
    /** The files of `migrations/`, read in Node, where there is a file system. */
    readonly TEST_MIGRATIONS: import("cloudflare:test").D1Migration[];
  }
}
