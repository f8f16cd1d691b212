// Plain JavaScript, because npm runs this as part of `npm install`. A marketplace that is a clone runs the plugin in place,
// so it is built before anyone has started a hub. Where that fails, `npm start` builds it, and says why it cannot.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const build = fileURLToPath(new URL("../host/build.ts", import.meta.url));
const { status } = spawnSync(process.execPath, [build, "plugin"], { stdio: ["ignore", "ignore", "pipe"] });
if (status !== 0) console.error("cc2cc: the plugin is not built yet; npm start builds it.");
