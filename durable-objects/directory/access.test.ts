/** Keys and removals where two things happen at once (C3, C8). */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { eventually, freshIds } from "../../test/helpers/workerd/hub.ts";
import { TestClient } from "../../test/helpers/workerd/test-client.ts";
import { directoryOf, mailboxOf } from "../env.ts";
import type { Principal } from "../principal.ts";
import type { ConnectVerdict, SignedIn } from "../rpc.ts";

const NOW = 1_800_000_000_000;
const directory = () => directoryOf(env);

function open(instanceId: string, principal: Partial<Principal> = {}): Promise<ConnectVerdict> {
  const who = { keyId: "env-0", scope: "admin" as const, name: null, pattern: null, ...principal };
  return directory().openConnection({ instanceId, version: 2, identityHash: null, principal: who, now: NOW });
}

async function presenceOf(instanceId: string): Promise<string> {
  return directory().presence(instanceId);
}

describe("a key that was good a moment ago", () => {
  it("[C8] opens no connection once it is revoked", async () => {
    const { a, b } = freshIds();
    const { id } = await directory().mintKey({ name: "x", scope: "member" }, NOW);
    expect(await open(a, { keyId: id })).toMatchObject({ ok: true });
    await directory().revokeKey(id);
    expect(await open(b, { keyId: id })).toMatchObject({ ok: false, code: "unauthorized" });
    expect(await presenceOf(b)).toBe("unknown");
  });

  it("is not taken by a mailbox that hears of the end first", async () => {
    const { a } = freshIds();
    const { id, key } = await directory().mintKey({ name: "x", scope: "member" }, NOW);
    await mailboxOf(env, a).revokeKey(id);
    const connecting = TestClient.connect(a, { headers: { authorization: `Bearer ${key}` } });
    await expect(connecting).rejects.toThrow(/401.*revoked/);
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
        directory().removeInstance(a, Date.now()) as Promise<{ ok: boolean }>,
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
    await directory().removeInstance(a, Date.now());
    const left = await runInDurableObject(mailboxOf(env, a), (_, { storage }) => [
      ...storage.kv.list(),
      ...storage.sql.exec("SELECT name FROM sqlite_master WHERE name NOT LIKE '\\_cf%' ESCAPE '\\'"),
    ]);
    expect(left).toEqual([]);
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
