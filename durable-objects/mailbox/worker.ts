/**
 * The worker that mailboxes live in where they have one of their own (host/workerd-config.ts). Nothing of the HTTP edge and the
 * stores is in it: a second copy of those would cost each start and 4 MB.
 */
export { InstanceMailbox } from "./mailbox.ts";
export default {};
