/** Lets go of the readers of a workspace's events that were let in by a token which has been revoked. */
export const turnAway = (env: Pick<Env, "FLEETS">, workspaceId: string, tokenId: string): Promise<void> =>
  env.FLEETS.getByName(workspaceId).turnAway(tokenId);
