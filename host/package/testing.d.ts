/** A hub for tests: real, on a free port of the loopback address; its data go with it. */
export interface TestHub {
  /** Its origin, such as http://127.0.0.1:49152. */
  url: string;
  /** An admin's key. */
  key: string;
  stop(): Promise<void>;
}

export interface TestHubOptions {
  /** Settings of the hub by their names (CC2CC_QUEUE_MAX_MESSAGES …). Rate limits are off unless they are set. */
  env?: Record<string, string>;
}

/** Needs `miniflare` beside this package. */
export function startTestHub(options?: TestHubOptions): Promise<TestHub>;
