/**
 * The worker of the objects that keep nothing on disk, where they have one of their own (host/workerd-config.ts). Nothing of the
 * HTTP edge and the stores is in it: a second copy of those would cost each start and 4 MB.
 */

export { InstanceMailbox } from "./mailbox/mailbox.ts";
export { McpSession } from "./mcp/mcp-session.ts";
export { Topic } from "./topic/topic.ts";
export default {};
