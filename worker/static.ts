/** The dashboard's files with the headers a browser should see, whoever serves the bytes (workerd's disk, `ASSETS`). */
import type { Env } from "../durable-objects/env.ts";
import { STATIC_DEADLINE_MS, STATIC_RESPONSES_MAX } from "../shared/limits.ts";
import { Places } from "./places.ts";

/**
 * Nothing but our own files, no inline code, no frames. No text becomes HTML but through the one policy that DOMPurify makes,
 * which cleans what others wrote.
 */
const CSP = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self' ws: wss:",
  "img-src 'self' data:",
  "font-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types dompurify",
].join("; ");

// workerd's disk service calls everything application/octet-stream.
const TYPES: Record<string, string> = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  json: "application/json",
  svg: "image/svg+xml",
  png: "image/png",
  ico: "image/x-icon",
  woff2: "font/woff2",
  txt: "text/plain; charset=utf-8",
};

/** Of these, what is worth compressing. */
const TEXT: ReadonlySet<string> = new Set(["js", "mjs", "css", "json", "svg", "txt"]);

function takesBrotli(request: Request): boolean {
  const offers = (request.headers.get("accept-encoding") ?? "").toLowerCase().split(",");
  // `br;q=0` is no.
  return offers.some((offer) => /^\s*br\s*(?:;\s*q=(?!0(?:\.0*)?\s*$).*)?$/.test(offer));
}

const YEAR_SECONDS = 31_536_000;

/** Serves a file of the dashboard; a path without a file name gets the page, since its routes live in the browser. */
export async function serveStatic(request: Request, env: Env): Promise<Response> {
  const url = new URL(request.url);
  const extension = /\.([a-z0-9]+)$/.exec(url.pathname)?.[1];
  const path = extension === undefined ? "/index.html" : url.pathname;
  const isText = extension !== undefined && TEXT.has(extension);
  const ask = (name: string) =>
    env.ASSETS.fetch(new Request(new URL(name, url), { method: request.method, redirect: "follow" }));
  // Most of what a browser asks for has a compressed copy, which the build has put beside it.
  const copy = isText && takesBrotli(request) ? await ask(`${path}.br`) : undefined;
  const file = copy?.ok ? copy : await ask(path);
  if (!file.ok)
    return new Response("Not found.\n", { status: 404, headers: { "content-type": "text/plain; charset=utf-8" } });
  const headers = new Headers(file.headers);
  headers.set("content-type", TYPES[extension ?? "html"] ?? "application/octet-stream");
  if (isText) headers.set("vary", "accept-encoding");
  if (file === copy) headers.set("content-encoding", "br");
  headers.set("content-security-policy", CSP);
  headers.set("x-content-type-options", "nosniff");
  headers.set("referrer-policy", "no-referrer");
  // Built files carry a hash of their content in their name; the page itself must be asked for each time.
  const isHashed = url.pathname.startsWith("/assets/");
  headers.set("cache-control", isHashed ? `public, max-age=${YEAR_SECONDS}, immutable` : "no-cache");
  const body = file.body === null ? null : whileTaken(file.body, Number(headers.get("content-length")));
  return new Response(body, { status: file.status, headers, encodeBody: file === copy ? "manual" : "automatic" });
}

const places = new Places(STATIC_RESPONSES_MAX);

/** A file as long as its client takes it: anybody may ask for one, and one that is not taken holds memory and a file open. */
function whileTaken(file: ReadableStream<Uint8Array>, length: number): ReadableStream<Uint8Array> {
  const { readable, writable } = length > 0 ? new FixedLengthStream(length) : new IdentityTransformStream();
  const giveUp = new AbortController();
  const place = places.enter(() => giveUp.abort());
  const timer = setTimeout(() => giveUp.abort(), STATIC_DEADLINE_MS);
  void file
    .pipeTo(writable, { signal: giveUp.signal })
    // The client is gone, or was given up; either way nobody is left to be told.
    .catch(() => undefined)
    .finally(() => {
      clearTimeout(timer);
      place.leave();
    });
  return readable;
}
