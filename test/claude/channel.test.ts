/** A client that was started with our channel, and drops what goes by it: without an account each does. */
import { shareHub } from "../helpers/test-hub.ts";
import { scenario } from "./world.ts";

const hub = shareHub({ env: { CC2CC_RATE_FRAMES: "0" } });
const CHANNEL = ["--dangerously-load-development-channels", "plugin:cc2cc@cc2cc-local"];

scenario("a channel that drops in silence does not keep a fresh session from waking", hub, async (world) => {
  const session = await world.open(CHANNEL);
  const sent = await world.tell(session, "nobody has typed yet");
  await world.untilShown(sent, 40_000);
  await world.untilState(sent, "seen");
});
