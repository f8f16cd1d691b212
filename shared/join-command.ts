/** How a client joins a hub: the text that the start banner and the dashboard show, and what `cc2cc join` runs. */

/**
 * What `claude` is run with to install the plugin from a hub and connect it. `hubUrl` is an origin, without a slash at the
 * end. Every option of the plugin is named, since Claude Code remarks on each that is not; who pastes it sees what is
 * allowed by it.
 */
export function joinArguments(hubUrl: string, key: string): string[] {
  const options = [`hub_url=${hubUrl}`, "delivery=auto", "permissions=answer", "claims=auto", `api_key=${key}`];
  const from = ["--marketplace", `${hubUrl}/marketplace.json`, "-y"];
  return ["plugin", "install", "cc2cc", ...from, ...options.flatMap((option) => ["--config", option])];
}

/** The same as a line for a shell. */
export function joinCommand(hubUrl: string, key: string): string {
  return `claude ${joinArguments(hubUrl, key).join(" ")}`;
}

/** The line for a machine that has the command line: it asks for the key, so that no shell keeps it. */
export function joinByCommandLine(hubUrl: string): string {
  return `cc2cc join ${hubUrl}`;
}

/** The line that does the same where only Node is: it fetches the command line from the hub. */
export function joinByNode(hubUrl: string): string {
  return `node -e "globalThis.HUB='${hubUrl}';fetch(HUB+'/plugin/join.mjs').then(r=>r.text()).then(t=>import('data:text/javascript,'+encodeURIComponent(t)))"`;
}

/** The same facts for a client that reads its environment. */
export function joinEnvironment(hubUrl: string, key: string): string {
  return `export CC2CC_HUB_URL=${hubUrl} CC2CC_API_KEY=${key}`;
}
