/** One gateway and one account for all of an isolate: neither holds anything that belongs to a request. */
import type { Account } from "./account/contract.ts";
import { createAccount } from "./account/account.ts";
import { systemClock } from "./clock.ts";
import type { EmbedBatches, ModelGateway } from "./contract.ts";
import { createGateway } from "./gateway.ts";
import { EmbedBatches as ProviderBatches } from "./providers/embed-batch.ts";

const gateways = new WeakMap<Env, ModelGateway>();
const accounts = new WeakMap<Env, Account>();

export function gatewayFor(env: Env): ModelGateway {
  let gateway = gateways.get(env);
  if (!gateway) {
    gateway = createGateway(env, { account: accountFor(env) });
    gateways.set(env, gateway);
  }
  return gateway;
}

export const gatherEmbeddings = (): EmbedBatches => new ProviderBatches(systemClock);

export function accountFor(env: Env): Account {
  let account = accounts.get(env);
  if (!account) {
    account = createAccount(env);
    accounts.set(env, account);
  }
  return account;
}
