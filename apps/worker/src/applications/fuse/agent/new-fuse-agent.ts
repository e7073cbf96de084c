import { DurableObject } from "cloudflare:workers";

/**
 * The Durable Object of one agent of the New Fuse, named `<bridge id>/<agent's name there>`: its inbox, and its
 * contract with the existing system. The work is done by an ordinary agent of the platform.
 */
export class NewFuseAgent extends DurableObject<Env> {}
