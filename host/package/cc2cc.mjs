#!/usr/bin/env node
// Plain JavaScript and no static imports: this file must still be read by a Node too old for everything else here. The hub
// runs for months, so starting it loads the launcher and nothing of the command line.
var version = process.versions.node.split(".").map(Number);
var args = process.argv.slice(2);

if (version[0] < 20 || (version[0] === 20 && version[1] < 12)) {
  console.error(
    `cc2cc: this Node is too old (${process.version}, 20.12 is needed): install a newer one from nodejs.org.`,
  );
  process.exitCode = 1;
} else if (args.length === 0 || (args.length === 1 && args[0] === "start")) {
  import("../lib/launcher.mjs").then((launcher) => launcher.runHub());
} else {
  import("../lib/cli.mjs").then((cli) => cli.main(args));
}
