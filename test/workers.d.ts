// What tests in workerd find under `env` and `exports` of "cloudflare:workers".
import type { Env as HubEnv } from "../durable-objects/env.ts";

declare global {
  namespace Cloudflare {
    interface Env extends HubEnv {}
    interface GlobalProps {
      mainModule: typeof import("../worker/all-in-one.ts");
    }
  }
}
