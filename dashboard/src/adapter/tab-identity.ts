/** Who this tab is to the hub: a session id and the secret that holds it (C8), kept as long as the tab lives. */

/** The part of a Storage that is needed. */
export type TabStorage = Pick<Storage, "getItem" | "setItem">;

export interface TabIdentity {
  /** `dashboard@<hostname>:dashboard/<uuid>`. */
  instanceId: string;
  secret: string;
}

const STORAGE_KEY = "cc2cc.tab";
const CHANNEL = "cc2cc.tab";
/** Tabs of one browser answer each other within a few milliseconds; a busy one gets some more. */
const CLAIM_WAIT_MS = 150;
const SECRET_BYTES = 24;

export interface TabIdentityHolder {
  readonly current: TabIdentity;
  /** Resolves when no other tab holds what this one found in its storage: a duplicated tab copies it. */
  claim(): Promise<void>;
  /** Another holds the id: this tab becomes a new one. */
  renew(): void;
}

export function holdTabIdentity(
  hostname: string,
  storage: TabStorage,
  openChannel: (name: string) => BroadcastChannel = (name) => new BroadcastChannel(name),
): TabIdentityHolder {
  let { identity, isFound } = readIdentity(hostname, storage);
  const channel = openChannel(CHANNEL);
  const nonce = randomText(8);
  let holdsIt = !isFound;
  let onHeld: (() => void) | undefined;

  const save = () => storage.setItem(STORAGE_KEY, JSON.stringify(identity));
  const renew = () => {
    identity = makeIdentity(hostname);
    save();
  };
  if (!isFound) save();

  channel.addEventListener("message", ({ data }) => {
    if (data?.instanceId !== identity.instanceId || data.nonce === nonce) return;
    if (data.kind === "claim" && holdsIt) channel.postMessage({ kind: "held", instanceId: data.instanceId, nonce });
    if (data.kind === "held" && !holdsIt) onHeld?.();
  });

  return {
    get current() {
      return identity;
    },
    async claim() {
      if (holdsIt) return;
      const isHeld = await new Promise<boolean>((resolve) => {
        const timer = setTimeout(() => resolve(false), CLAIM_WAIT_MS);
        onHeld = () => {
          clearTimeout(timer);
          resolve(true);
        };
        channel.postMessage({ kind: "claim", instanceId: identity.instanceId, nonce });
      });
      if (isHeld) renew();
      holdsIt = true;
    },
    renew,
  };
}

function readIdentity(hostname: string, storage: TabStorage): { identity: TabIdentity; isFound: boolean } {
  try {
    const found = JSON.parse(storage.getItem(STORAGE_KEY) ?? "null") as TabIdentity | null;
    if (typeof found?.instanceId === "string" && typeof found.secret === "string") {
      return { identity: found, isFound: true };
    }
  } catch {
    // Something else wrote there; a new identity replaces it.
  }
  return { identity: makeIdentity(hostname), isFound: false };
}

function makeIdentity(hostname: string): TabIdentity {
  return {
    instanceId: `dashboard@${toHost(hostname)}:dashboard/${randomText(16)}`,
    secret: randomText(SECRET_BYTES),
  };
}

/** A1: of the characters that a host may have in an id. */
function toHost(hostname: string): string {
  const host = hostname
    .replace(/[^A-Za-z0-9._-]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 64);
  return host === "" ? "unknown" : host;
}

/** Hexadecimal. `crypto.randomUUID` is missing where the page is no secure context. */
function randomText(bytes: number): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(bytes)), (byte) => byte.toString(16).padStart(2, "0")).join(
    "",
  );
}
