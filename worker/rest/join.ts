/** How other machines find this hub. */
import type { Env } from "../../durable-objects/env.ts";
import { JoinInfo } from "../../shared/rest.ts";
import { hostOf } from "../allow-lists.ts";
import { json, restRoute } from "./declare.ts";

export const getJoinInfo = restRoute(
  "observer",
  {
    method: "get",
    path: "/api/join",
    tags: ["Hub"],
    summary: "The address under which other machines reach the hub",
    description:
      "As this request reached it; where that was the machine's own (localhost), by its address in the network.",
    responses: { 200: json(JoinInfo, "An origin, without a slash at the end") },
  },
  (c) => c.json({ hubUrl: hubUrlOf(c.req.raw, c.env) }, 200),
);

function hubUrlOf(request: Request, env: Pick<Env, "CC2CC_HOST_LAN_IP">): string {
  const url = new URL(`http://${hostOf(request)}`);
  // A proxy that ends TLS says so.
  const isHttps = new URL(request.url).protocol === "https:" || request.headers.get("x-forwarded-proto") === "https";
  const lan = env.CC2CC_HOST_LAN_IP;
  const isOwn = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname);
  const host = isOwn && lan ? (lan.includes(":") ? `[${lan}]` : lan) : url.hostname;
  return `${isHttps ? "https" : "http"}://${host}${url.port === "" ? "" : `:${url.port}`}`;
}
