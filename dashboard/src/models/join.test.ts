import { signal } from "@preact/signals";
import { expect, it } from "vitest";
import type { InstanceInfo } from "../../../shared/message.ts";
import type { Hub } from "../adapter/hub.ts";
import { RestProblem } from "../adapter/rest.ts";
import type { Instances } from "./instances.ts";
import { JoinModel } from "./join.ts";

const URL = "http://192.168.1.20:3100";

/** A hub that answers as told, and instances that are set by hand. */
function arrange(answers: { join?: unknown; mint?: (body: { name: string; scope: string }) => unknown }) {
  const answer = async (value: unknown) => {
    if (value instanceof Error) throw value;
    return value;
  };
  const rest = {
    get: () => answer(answers.join ?? { hubUrl: URL }),
    post: (_path: string, body: { name: string; scope: string }) => answer(answers.mint?.(body)),
  };
  const isLoaded = signal(false);
  const online = signal<InstanceInfo[]>([]);
  const come = (...ids: string[]) => {
    online.value = ids.map((instanceId) => ({ instanceId }) as InstanceInfo);
  };
  const join = new JoinModel({ rest } as unknown as Hub, { isLoaded, online } as unknown as Instances);
  return { join, isLoaded, come };
}

it("has a command with a place for the key, until one is made", async () => {
  const { join } = arrange({ mint: ({ name, scope }) => ({ name, scope, key: `cc2cc_${name}_${scope}` }) });
  expect([join.short.value, join.command.value]).toEqual([null, null]);
  await join.load();
  expect(join.short.value).toBe(`cc2cc join ${URL}`);
  expect(join.command.value).toContain(
    `hub_url=${URL} --config delivery=auto --config permissions=answer --config claims=auto --config api_key=KEY`,
  );
  await join.mint("studio");
  expect(join.command.value).toContain("api_key=cc2cc_studio_member");
  expect(join.keyName.value).toBe("studio");
});

it("says what the hub refuses, and can be asked again", async () => {
  const answers: Parameters<typeof arrange>[0] = {
    mint: () => new RestProblem(400, "invalid_payload", "The name is too long."),
  };
  const { join } = arrange(answers);
  await join.mint("x".repeat(200));
  expect(join.failure.value).toBe("The name is too long.");
  expect(join.isMinting.value).toBe(false);
  answers.mint = ({ name }) => ({ name, key: "cc2cc_1" });
  await join.mint("studio");
  expect(join.failure.value).toBeNull();
});

it("counts as joined who came after the first snapshot, and no pages", () => {
  const { join, isLoaded, come } = arrange({});
  come("alice@laptop:web/1");
  expect(join.joined.value).toEqual([]);
  isLoaded.value = true;
  expect(join.joined.value).toEqual([]);
  come("alice@laptop:web/1", "bob@server:api/2", "dashboard@laptop:dashboard/3");
  expect(join.joined.value).toEqual(["bob@server:api/2"]);
});
