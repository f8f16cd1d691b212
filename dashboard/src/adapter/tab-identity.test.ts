import { expect, it, onTestFinished } from "vitest";
import { isInstanceId } from "../../../shared/ids.ts";
import { holdTabIdentity } from "./tab-identity.ts";

function makeStorage(copyOf: Map<string, string> = new Map()) {
  const kept = new Map(copyOf);
  return {
    kept,
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
  };
}

function openChannel(name: string): BroadcastChannel {
  const channel = new BroadcastChannel(name);
  onTestFinished(() => channel.close());
  return channel;
}

const hold = (storage: ReturnType<typeof makeStorage>, hostname = "hub.local") =>
  holdTabIdentity(hostname, storage, (name) => openChannel(name));

it.each(["hub.local", "192.168.1.5", "[fe80::1]", "bücher.example", "..", "x".repeat(100)])(
  "makes an id that the hub takes of %s",
  (hostname) => {
    const { instanceId } = hold(makeStorage(), hostname).current;
    expect(isInstanceId(instanceId)).toBe(true);
    expect(instanceId).toMatch(/^dashboard@.+:dashboard\//);
  },
);

it("is the same after a reload", async () => {
  const storage = makeStorage();
  const before = hold(storage).current;
  // The page that is gone answers nothing.
  const after = holdTabIdentity("hub.local", makeStorage(storage.kept), () => openChannel("nobody else's"));
  await after.claim();
  expect(after.current).toEqual(before);
});

it("becomes another one in a tab that was duplicated, and stays in the first", async () => {
  const storage = makeStorage();
  const first = hold(storage);
  await first.claim();
  const before = first.current;
  const second = hold(makeStorage(storage.kept));
  expect(second.current).toEqual(before);
  await second.claim();
  expect(second.current.instanceId).not.toBe(before.instanceId);
  expect(second.current.secret).not.toBe(before.secret);
  expect(first.current).toEqual(before);
});

it("begins anew with what is no identity", () => {
  const broken = makeStorage(new Map([["cc2cc.tab", "{"]]));
  expect(isInstanceId(hold(broken).current.instanceId)).toBe(true);
});
