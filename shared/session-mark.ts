/**
 * Stands beside the cookie of a session, which no script can read, and lives as long: a page without it is signed out, and
 * need not ask the hub. It opens nothing. Where the hub is at a port, `_` and the port follow.
 */
export const SESSION_MARK_COOKIE = "cc2cc_signed_in";
