/** Which names the hub answers to, and which pages may speak for a signed-in browser (docs/security.md). */
import type { Env } from "../durable-objects/env.ts";
import { type Failure, failure } from "../shared/errors.ts";

const SAFE_METHODS = ["GET", "HEAD", "OPTIONS"];

/**
 * Against DNS rebinding: a page of evil.example whose name was pointed at this machine comes with its own name. Addresses,
 * names without a dot and those that only the LAN resolves cannot be a stranger's.
 */
export function isAllowedHost(host: string, env: Pick<Env, "CC2CC_ALLOWED_HOSTS" | "CC2CC_HOST_LAN_IP">): boolean {
  const name = hostnameOf(host);
  if (name === null) return false;
  const isAddress = name.startsWith("[") || /^\d+\.\d+\.\d+\.\d+$/.test(name);
  const isLocalName = !name.includes(".") || /\.(local|localhost|workers\.dev)$/.test(name);
  return isAddress || isLocalName || [...listOf(env.CC2CC_ALLOWED_HOSTS), env.CC2CC_HOST_LAN_IP].includes(name);
}

/** Whether a page of this origin is the hub's own, or one that CC2CC_DASHBOARD_ORIGIN names. */
export function isAllowedOrigin(origin: string, request: Request, env: Pick<Env, "CC2CC_DASHBOARD_ORIGIN">): boolean {
  if (listOf(env.CC2CC_DASHBOARD_ORIGIN).includes(origin)) return true;
  // The scheme is left out: behind a proxy that ends TLS, the worker sees http.
  return URL.canParse(origin) && new URL(origin).host === hostOf(request);
}

/** Why a request may not come from where it comes, or null. `isCookie`: the browser adds the credential by itself. */
export function originRefusal(request: Request, isCookie: boolean, env: Env): Failure | null {
  const origin = request.headers.get("origin");
  const isUpgrade = request.headers.get("upgrade")?.toLowerCase() === "websocket";
  if (origin !== null && isAllowedOrigin(origin, request, env)) return null;
  // Only a browser sends it, and no page can.
  if (!isUpgrade && request.headers.get("sec-fetch-site") === "same-origin") return null;
  const mustBeKnown = isCookie && (isUpgrade || !SAFE_METHODS.includes(request.method));
  if (origin === null) {
    return mustBeKnown ? failure("forbidden", "A request that is authorised by a cookie must carry its Origin.") : null;
  }
  if (!isUpgrade && !isCookie) return null;
  return foreignOrigin(origin);
}

export function foreignOrigin(origin: string): Failure {
  return failure(
    "forbidden",
    `Pages of ${origin.slice(0, 200)} may not use this hub. If they should, add that origin to CC2CC_DASHBOARD_ORIGIN.`,
  );
}

/** The origin that a client sees. A proxy that ends TLS says so; who pretends to be one fools only itself. */
export function publicOriginOf(request: Request): string {
  const { origin } = new URL(request.url);
  return request.headers.get("x-forwarded-proto") === "https" ? origin.replace(/^http:/, "https:") : origin;
}

export function hostOf(request: Request): string {
  return request.headers.get("host") ?? new URL(request.url).host;
}

function hostnameOf(host: string): string | null {
  return URL.canParse(`http://${host}`) ? new URL(`http://${host}`).hostname : null;
}

export function listOf(setting: string | undefined): string[] {
  return (setting ?? "").split(",").flatMap((item) => item.trim() || []);
}
