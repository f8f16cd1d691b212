import { expect, it } from "vitest";
import { createRest, path, RestProblem } from "./rest.ts";

/** REST whose every request gets this answer. */
function restThatGets(answer: () => Response | Promise<Response>) {
  const asked: { url: string; method: string; body: unknown }[] = [];
  const rest = createRest("http://hub", async (url, init) => {
    asked.push({ url: String(url), method: init?.method ?? "", body: init?.body });
    return answer();
  });
  return { rest, asked };
}

const problem = (status: number, body: unknown) => () => new Response(JSON.stringify(body), { status });

it("percent-encodes what stands in a path, and leaves out what a query has no value for", async () => {
  const { rest, asked } = restThatGets(() => Response.json([]));
  await rest.get(path`/api/topics/${"a/b c"}`, { query: { q: "x y", limit: 5, cursor: undefined, type: "" } });
  expect(asked[0]?.url).toBe("http://hub/api/topics/a%2Fb%20c?q=x+y&limit=5");
});

it("rejects with what the hub says is wrong, and when to come again", async () => {
  const { rest } = restThatGets(problem(429, { error: "Too many.", code: "rate_limited", retryAfterMs: 900 }));
  const refused = await rest.post("/api/session", {}).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(RestProblem);
  expect(refused).toMatchObject({ status: 429, code: "rate_limited", message: "Too many.", retryAfterMs: 900 });
});

it("tells a hub that does not answer from one that refuses, and from a proxy between", async () => {
  const gone = restThatGets(() => Promise.reject(new TypeError("fetch failed")));
  await expect(gone.rest.get("/x")).rejects.toMatchObject({ status: 0, code: "unreachable" });
  const proxy = restThatGets(() => new Response("<html>", { status: 502 }));
  await expect(proxy.rest.get("/x")).rejects.toMatchObject({ status: 502, code: "internal" });
});

it("tells everyone who listens of a session that has ended, and of nothing else", async () => {
  const ended = restThatGets(problem(401, { error: "Ended.", code: "unauthorized" }));
  const forbidden = restThatGets(problem(403, { error: "No.", code: "forbidden" }));
  const heard: number[] = [];
  for (const { rest } of [ended, forbidden]) {
    rest.onUnauthorized(({ status }) => void heard.push(status));
    await rest.get("/x").catch(() => undefined);
  }
  expect(heard).toEqual([401]);
});

it("lets go of a request that nobody wants any more", async () => {
  const { rest } = restThatGets(() => Promise.reject(new DOMException("aborted", "AbortError")));
  const controller = new AbortController();
  controller.abort();
  await expect(rest.get("/x", { signal: controller.signal })).rejects.not.toBeInstanceOf(RestProblem);
});
