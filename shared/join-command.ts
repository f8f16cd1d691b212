/** How a client joins the hub: the text that the start banner and the dashboard show. */

/**
 * Installs the Claude Code plugin from a hub and connects it. `hubUrl` is an origin, without a slash at the end. Every
 * option of the plugin is named, since Claude Code remarks on each that is not; who pastes it sees what is allowed by it.
 */
export function joinCommand(hubUrl: string, key: string): string {
  return `claude plugin install cc2cc --marketplace ${hubUrl}/marketplace.json -y --config hub_url=${hubUrl} --config delivery=auto --config permissions=answer --config api_key=${key}`;
}

/** The same facts for a client that reads its environment. */
export function joinEnvironment(hubUrl: string, key: string): string {
  return `export CC2CC_HUB_URL=${hubUrl} CC2CC_API_KEY=${key}`;
}
