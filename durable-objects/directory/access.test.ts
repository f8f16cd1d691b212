/** Keys and removals where two things happen at once (C3, C8). */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import type { Result } from "../../shared/errors.ts";
import { ADMIN, eventually, freshIds } from "../../test/helpers/workerd/hub.ts";
import { TestClient } from "../../test/helpers/workerd/test-client.ts";
import { directoryOf, exchangeOf, mailboxOf } from "../env.ts";
import type { SignedIn } from "../rpc-types.ts";
import { upgradeRequest } from "../upgrade.ts";

const NOW = 1_800_000_000_000;
const directory = () => directoryOf(env);

async function mintKey(mintedBy: string): Promise<string> {
  const minted = (await directory().mintKey({ name: "x", scope: "member" }, mintedBy, NOW)) as Result<{ id: string }>;
  if (!minted.ok) throw new Error(minted.error);
  return minted.value.id;
}

async function presenceOf(instanceId: string): Promise<string | undefined> {
  return (await exchangeOf(env).listInstances()).find((known) => known.instanceId === instanceId)?.status;
}

describe("a key that was good a moment ago", () => {
  it("[C8] opens no connection once it is revoked, though the worker still took it", async () => {
    const { a } = freshIds();
    const id = await mintKey("env-0");
    await directory().revokeKey(id, false);
    const principal = { keyId: id, scope: "member" as const, name: "x", pattern: null };
    const facts = {
      instanceId: a,
      version: 2 as const,
      identityHash: null,
      principal,
      isTransient: false,
      isPull: false,
      isSubprotocolAsked: false,
    };
    const answer = await mailboxOf(env, a).fetch(upgradeRequest(facts));
    expect([answer.status, await answer.text()]).toEqual([401, expect.stringContaining("revoked")]);
    expect(await presenceOf(a)).toBeUndefined();
  });
});

describe("a key that is minted while its minter is revoked", () => {
  it("is not left behind", async () => {
    const minter = await mintKey("env-0");
    expect(await mintKey(minter)).toMatch(/^key-/);
    await directory().revokeKey(minter, true);
    await expect(mintKey(minter)).rejects.toThrow("revoked");
  });
});

describe("an id that changes hands while it is removed", () => {
  it("[C8] is either removed or connected, never half of both", async () => {
    for (let round = 0; round < 10; round++) {
      const { a } = freshIds();
      await (await TestClient.connect(a)).close();
      await eventually(() => presenceOf(a), "offline");
      const identity = "a-newcomer-with-another-secret";
      const [removed, newcomer] = await Promise.all([
        exchangeOf(env).removeInstance(a, ADMIN) as Promise<{ ok: boolean }>,
        TestClient.connect(a, { identity }).catch((error: unknown) => String(error)),
      ]);
      // Refused by the secret of the holder before it, or let in after the holder was gone.
      if (typeof newcomer === "string") expect(newcomer).toContain("409");
      else expect(await newcomer.ask({ action: "ping", to: a })).toMatchObject({ online: true });
      expect(removed.ok).toBe(true);
    }
  });

  it("leaves nothing of the holder before", async () => {
    const { a } = freshIds();
    const holder = await TestClient.connect(a);
    await holder.ask({ action: "set_role", role: "reviewer" });
    await holder.close();
    await eventually(() => presenceOf(a), "offline");
    await exchangeOf(env).removeInstance(a, ADMIN);
    const newcomer = await TestClient.connect(a, { identity: "a-newcomer-with-another-secret" });
    expect(newcomer.welcome.role).toBeUndefined();
  });
});

it("[C3] signs sessions with a secret of its own, which no key tells", async () => {
  const { value } = (await directory().signIn({ key: env.CC2CC_HUB_API_KEY as string }, "", NOW)) as {
    value: SignedIn;
  };
  const isKnown = async () => (await directory().principalOfSession(value.session, NOW)) !== null;
  expect(await isKnown()).toBe(true);
  // The same keys, another secret: as on another hub.
  await runInDurableObject(directory(), (_, { storage }) => {
    storage.kv.delete("sessionSecret");
  });
  expect(await isKnown()).toBe(false);
});
