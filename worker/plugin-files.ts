/** The hub as a marketplace: one pasted line installs the plugin from here. The files themselves are static ones. */

import { problem } from "../durable-objects/problem.ts";
import { publicOriginOf } from "./allow-lists.ts";

/** Claude Code refuses a longer one. */
const COMMAND_MAX_LENGTH = 500;

/**
 * Of the kinds of sources a marketplace can name, plain http leaves one: a command that prints a folder. Claude Code runs
 * it again with each session, so a new plugin of the hub arrives by itself.
 */
export function serveMarketplace(request: Request): Response {
  const origin = publicOriginOf(request);
  const command = `node -e "globalThis.HUB='${origin}';fetch(HUB+'/plugin/install.mjs').then(r=>r.text()).then(t=>import('data:text/javascript,'+encodeURIComponent(t)))"`;
  // The host is one that this hub answers to; what a shell could read otherwise does not get that far.
  if (command.length > COMMAND_MAX_LENGTH || !/^https?:\/\/[A-Za-z0-9.:[\]-]+$/.test(origin)) {
    return problem("invalid_payload", "This address cannot be put into a command; ask the hub by its IP address.");
  }
  const description = "Typed, durable messages between Claude Code sessions on a LAN";
  return Response.json(
    {
      name: "cc2cc-local",
      owner: { name: "cc2cc contributors" },
      description: `The cc2cc plugin of the hub at ${origin}`,
      plugins: [{ name: "cc2cc", description, source: { source: "command", command } }],
    },
    { headers: { "cache-control": "no-cache", "x-content-type-options": "nosniff" } },
  );
}
