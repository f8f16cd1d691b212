/** The address for other machines (section 7). */
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import worker from "../index.ts";

async function hubUrl(url: string, lan?: string, headers: Record<string, string> = {}): Promise<string> {
  const request = new Request(`${url}/api/join`, {
    headers: { authorization: `Bearer ${env.CC2CC_HUB_API_KEY}`, ...headers },
  });
  const response = await worker.fetch(request, { ...env, ...(lan === undefined ? {} : { CC2CC_HOST_LAN_IP: lan }) });
  return ((await response.json()) as { hubUrl: string }).hubUrl;
}

it("is the one that was used, unless only this machine can use that", async () => {
  const lan = "192.168.1.20";
  expect(await hubUrl("http://192.168.1.7:3100", lan)).toBe("http://192.168.1.7:3100");
  expect(await hubUrl("https://hub.workers.dev")).toBe("https://hub.workers.dev");
  for (const own of ["localhost", "127.0.0.1", "[::1]"]) {
    expect(await hubUrl(`http://${own}:3100`, lan)).toBe(`http://${lan}:3100`);
    expect(await hubUrl(`http://${own}:3100`)).toBe(`http://${own}:3100`);
  }
  expect(await hubUrl("http://localhost:3100", "fd00::1")).toBe("http://[fd00::1]:3100");
  expect(await hubUrl("http://hub.local", lan, { "x-forwarded-proto": "https" })).toBe("https://hub.local");
});
