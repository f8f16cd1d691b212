import { expect, it } from "vitest";
import type { Env } from "../durable-objects/env.ts";
import { serveStatic } from "./static.ts";

/** Files as workerd's disk serves them: bytes without a type. */
const FILES: Record<string, string> = {
  "/index.html": "<!doctype html>",
  "/assets/app-1a2b.js": "export {};",
  "/assets/app-1a2b.js.br": "its compressed copy",
  "/assets/alone-3c4d.js": "export { alone };",
};
const env = {
  ASSETS: {
    fetch: (request: Request) => {
      const file = FILES[new URL(request.url).pathname];
      return Promise.resolve(new Response(file ?? null, { status: file === undefined ? 404 : 200 }));
    },
  },
} as unknown as Env;

const get = (path: string, headers: Record<string, string> = {}) =>
  serveStatic(new Request(`http://hub.local${path}`, { headers }), env);

it("serves the page for every route, and asks for it each time", async () => {
  const page = await get("/topics");
  expect(await page.text()).toBe("<!doctype html>");
  expect(page.headers.get("content-type")).toBe("text/html; charset=utf-8");
  expect(page.headers.get("cache-control")).toBe("no-cache");
});

it("lets run our own files only, and no text become HTML but through DOMPurify's policy", async () => {
  const rules = (await get("/")).headers.get("content-security-policy")?.split("; ");
  expect(rules).toContain("default-src 'none'");
  expect(rules).toContain("script-src 'self'");
  expect(rules).toContain("require-trusted-types-for 'script'");
  expect(rules).toContain("trusted-types dompurify");
});

it("lets built files be kept, under their type", async () => {
  const script = await get("/assets/app-1a2b.js");
  expect(script.headers.get("content-type")).toBe("text/javascript; charset=utf-8");
  expect(script.headers.get("cache-control")).toContain("immutable");
});

it("gives the compressed copy to whoever takes it, and says so to caches", async () => {
  const encodingFor = async (offer: string) =>
    (await get("/assets/app-1a2b.js", { "accept-encoding": offer })).headers.get("content-encoding");
  for (const offer of ["gzip, deflate, br", "br;q=0.8", "BR"]) expect(await encodingFor(offer), offer).toBe("br");
  for (const offer of ["gzip", "br;q=0", "br; q=0.0, gzip", "brotli"])
    expect(await encodingFor(offer), offer).toBeNull();
  const compressed = await get("/assets/app-1a2b.js", { "accept-encoding": "br" });
  expect(compressed.headers.get("vary")).toBe("accept-encoding");
  expect(compressed.headers.get("content-type")).toBe("text/javascript; charset=utf-8");
  const alone = await get("/assets/alone-3c4d.js", { "accept-encoding": "br" });
  expect([alone.headers.get("content-encoding"), await alone.text()]).toEqual([null, "export { alone };"]);
});

it("answers 404 for a file that is not there", async () => {
  expect((await get("/assets/gone.js")).status).toBe(404);
});
