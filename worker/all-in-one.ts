/**
 * The hub as one worker, for wherever there is no second one beside it (host/workerd-config.ts): Cloudflare, `wrangler dev`, tests
 * in workerd. MCP sessions are apart, because the SDK is in them: its mere text would cost each start of a hub 6 MB.
 */
export { McpSession } from "../durable-objects/mcp/mcp-session.ts";
export { Directory, default, Exchange, InstanceMailbox, Journal, Topic } from "./index.ts";
