/** `node host/container/build-image-root.ts FOLDER`: the Dockerfile's build stage. */
import { buildImageRoot } from "./image-root.ts";

const [, , folder] = process.argv;
if (folder === undefined) {
  console.error("usage: node host/container/build-image-root.ts FOLDER");
  process.exitCode = 1;
} else {
  await buildImageRoot(folder);
}
