// Plain JavaScript and no static imports: this file must still be read by a Node too old for everything else here, so
// that its user gets a sentence instead of a syntax error.
var version = process.versions.node.split(".").map(Number);

if (version[0] < 22 || (version[0] === 22 && version[1] < 18)) {
  process.exitCode = 1;
  import("node:fs").then((fs) => {
    // `npm install --ignore-scripts` brings the package of the newer Node along, and not the Node itself.
    var found = fs.existsSync(new URL("../node_modules/node/package.json", import.meta.url));
    console.error(
      "cc2cc: this Node is too old (" +
        process.version +
        ", 22.18 is needed): run `" +
        (found ? "npm rebuild node --ignore-scripts=false" : "npm install") +
        "`, which brings a newer one along, and then `npm start`.",
    );
  });
} else if (process.argv.length > 2) {
  process.exitCode = 1;
  console.error(
    "cc2cc: `npm start` takes no arguments (here: " +
      process.argv.slice(2).join(" ") +
      "), its settings are environment variables: `CC2CC_HUB_PORT=3101 npm start`; the table in README.md has all of them.",
  );
} else {
  import("./run-hub.ts").then((module) => module.runHub());
}
