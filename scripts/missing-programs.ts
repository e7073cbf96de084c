/** Prints which of the programs that tests use are not on this machine: the names of their Debian packages, a line each. */
import { findRedisServer } from "../test/platform/redis-server.ts";
import { findChromium } from "../test/platform/chromium.ts";

if (findChromium() === null) console.log("chromium");
if (findRedisServer() === null) console.log("redis-server");
