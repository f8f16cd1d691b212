/** Error codes of the protocol (E1) and the HTTP status each has in REST (section 7). */
export const ERROR_STATUS = {
  invalid_json: 400,
  invalid_payload: 400,
  invalid_instance_id: 400,
  unknown_action: 400,
  ambiguous_address: 409,
  project_topic: 400,
  unauthorized: 401,
  forbidden: 403,
  unknown_instance: 404,
  unknown_topic: 404,
  not_found: 404,
  identity_taken: 409,
  paused: 409,
  method_not_allowed: 405,
  too_slow: 408,
  conflict: 409,
  content_too_large: 413,
  unsupported_media_type: 415,
  queue_full: 429,
  loop_guard: 429,
  rate_limited: 429,
  internal: 500,
  no_key_set: 503,
  overloaded: 503,
  disk_full: 507,
} as const;

export type ErrorCode = keyof typeof ERROR_STATUS;

/** An expected failure: `error` is a sentence a person can act on. Returned, never thrown. */
export interface Failure {
  ok: false;
  code: ErrorCode;
  error: string;
  details?: Record<string, unknown>;
  retryAfterMs?: number;
}

/** Either a value or an expected failure. What is thrown besides is a bug. */
export type Result<T> = { ok: true; value: T } | Failure;

export function success<T>(value: T): { ok: true; value: T } {
  return { ok: true, value };
}

export function failure(code: ErrorCode, error: string, more: Pick<Failure, "details" | "retryAfterMs"> = {}): Failure {
  return { ok: false, code, error, ...more };
}

/** Why the hub closes a socket. 4003 and 4009 mean: do not retry. */
export const CloseCode = {
  normal: 1000,
  goingAway: 1001,
  replaced: 4001,
  revoked: 4003,
  heartbeatLost: 4008,
  identityTaken: 4009,
  messageTooBig: 4013,
  flooding: 4029,
} as const;
