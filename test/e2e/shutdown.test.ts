/** What clients see when the hub is stopped as its user stops it. */
import { expect, it } from "vitest";
import { makeTempDir } from "../helpers/temp-dir.ts";
import { startTestHub } from "../helpers/test-hub.ts";
import { TestSocket } from "../helpers/test-socket.ts";

it("tells clients that it goes away (1001), and knows nobody online afterwards", async () => {
  const dataDir = makeTempDir();
  const hub = await startTestHub({ dataDir });
  const [v2, v1] = [await TestSocket.openV2(hub, "a@h:p/1"), await TestSocket.openV1(hub, "b@h:p/1")];
  const closed = Promise.all([v2.untilClosed(), v1.untilClosed()]);
  await hub.stop("SIGTERM");
  expect(await closed).toEqual([1001, 1001]);
  const again = await startTestHub({ dataDir });
  const client = await TestSocket.openV2(again, "c@h:p/1");
  const { instances } = (await client.ask({ action: "list_instances" })) as { instances: { status: string }[] };
  expect(instances.map(({ status }) => status)).toEqual(["offline", "offline", "online"]);
});
