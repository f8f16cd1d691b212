/**
 * Whose thread each call of a connection was: what is said about a call or a connection, a cancellation or its end, names no
 * thread. Remembered by this process only; where it is forgotten, a cancelled call counts as one that arrived.
 */

const CONNECTIONS_MAX = 1_000;
const CALLS_MAX = 200;

type RequestId = string | number;

export class McpThreads {
  /** By connection, the instances of its calls by their JSON-RPC ids; the oldest of both go first. */
  readonly #calls = new Map<string, Map<RequestId, string>>();

  note(connection: string, requestId: RequestId, instanceId: string): void {
    const calls = this.#calls.get(connection) ?? new Map<RequestId, string>();
    this.#calls.delete(connection);
    bound(this.#calls, CONNECTIONS_MAX).set(connection, calls);
    calls.delete(requestId);
    bound(calls, CALLS_MAX).set(requestId, instanceId);
  }

  instanceOf(connection: string, requestId: RequestId): string | undefined {
    return this.#calls.get(connection)?.get(requestId);
  }

  /** The instances of a connection, which has ended. */
  end(connection: string): Set<string> {
    const instances = new Set(this.#calls.get(connection)?.values());
    this.#calls.delete(connection);
    return instances;
  }
}

/** With room for one more. */
function bound<K, V>(map: Map<K, V>, max: number): Map<K, V> {
  if (map.size >= max) map.delete(map.keys().next().value as K);
  return map;
}
