/** TLS under an authority that this machine was told to trust: workerd asks no other. */
import { join } from "node:path";
import { expect, test } from "vitest";
import { startRedis } from "../../../../../test/fuse/redis.ts";

test("a bridge connects with TLS to whom it can trust, and says why it does not to another", async () => {
  const [trusted, stranger] = await Promise.all([startRedis({ tls: true }), startRedis({ tls: true })]);
  // Read by Miniflare when it is loaded.
  process.env["NODE_EXTRA_CA_CERTS"] = join(trusted.directory, "authority.pem");
  const { startPlatform } = await import("./platform.ts");
  const { TestedBridge, newNames, settingsOf } = await import("./bridges.ts");
  const platform = await startPlatform();
  const [peer, names] = [trusted.client(), newNames()];
  const address = (url: string) =>
    settingsOf({ kind: "tcp", url: url.replace("127.0.0.1", "localhost") }, names, "streams");
  const { id } = await platform.create(address(trusted.url));
  const one = new TestedBridge(platform, peer, names, id);
  await one.connected();
  await one.add({ id: "over TLS", reply: true });
  await one.takes("over TLS");

  const other = await platform.create(address(stranger.url));
  const { status } = await new TestedBridge(platform, peer, names, other.id).until(
    (bridge) => bridge.status.error !== undefined,
  );
  expect(status).toMatchObject({ state: "disconnected" });
  expect(status.error).toContain("must be of an authority that this machine trusts");
  await platform.stop();
  await trusted.stop();
  await stranger.stop();
});
