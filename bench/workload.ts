/** The load of issue 2: the same for the hub and for the echo it is compared with. */

export const CONNECTIONS = 20;
export const OUTSTANDING = 32;
export const CONTENT = "x".repeat(200);

/** Idle round trips, and those before them that are not counted. */
export const PING_PONGS = 500;
export const PING_PONGS_WARMUP = 200;

export const LOAD_WARMUP_SECONDS = 1;
export const LOAD_SECONDS = 4;
export const ECHO_SECONDS = 2;
