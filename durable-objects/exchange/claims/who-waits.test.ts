/** Who waits in line for claims, and for whom, as people see it. */
import { expect, it } from "vitest";
import type { ClaimWait, ClaimWaitPage } from "../../../shared/rest.ts";
import { freshIds } from "../../../test/helpers/workerd/hub.ts";
import { call } from "../../../test/helpers/workerd/rest.ts";
import { storedEvents } from "../../../test/helpers/workerd/stored-events.ts";
import { TestClient } from "../../../test/helpers/workerd/test-client.ts";

const name = (what = "deploy") => `${what}-${crypto.randomUUID()}`;
const claim = async (client: TestClient, names: string[], more: object = {}) =>
  client.ask({ action: "claim", names, ...more });

async function three() {
  const { a, b, c } = freshIds();
  return [await TestClient.connect(a), await TestClient.connect(b), await TestClient.connect(c)] as const;
}

const page = async (query = "") => (await call(`GET /api/claims/waits${query}`)).body as ClaimWaitPage;

/** What these wait for, by the whole list; others of this file may wait, too. */
async function waitsOf(...clients: TestClient[]): Promise<ClaimWait[]> {
  const ids = clients.map(({ instanceId }) => instanceId);
  const all: ClaimWait[] = [];
  for (let next: string | null = "0"; next !== null; ) {
    const { items, nextCursor }: ClaimWaitPage = await page(`?cursor=${next}`);
    all.push(...items);
    next = nextCursor;
  }
  return all.filter(({ instanceId }) => ids.includes(instanceId));
}

it("[L1] lists who waits, for what, since when and why, and for whose claims of it", async () => {
  const [ada, bob, cy] = await three();
  const [left, right] = [name("left"), name("right")];
  await claim(ada, [left]);
  await claim(bob, [right], { mode: "shared" });
  expect(await waitsOf(cy)).toEqual([]);
  await claim(cy, [left, right], { wait: true, reason: "release 1.2" });
  const waits = await waitsOf(cy);
  expect(waits).toEqual([
    {
      instanceId: cy.instanceId,
      names: [left, right],
      mode: "exclusive",
      since: expect.stringMatching(/Z$/),
      reason: "release 1.2",
      waitsFor: [
        { instanceId: ada.instanceId, name: left, isHeld: true },
        { instanceId: bob.instanceId, name: right, isHeld: true },
      ],
    },
  ]);
  await ada.ask({ action: "release" });
  expect((await waitsOf(cy))[0]?.waitsFor).toEqual([{ instanceId: bob.instanceId, name: right, isHeld: true }]);
  await bob.ask({ action: "release" });
  expect(await waitsOf(cy)).toEqual([]);
});

it("[L1] names who is before it in line where nobody holds what it wants", async () => {
  const [ada, bob, cy] = await three();
  const [left, right] = [name("left"), name("right")];
  await claim(ada, [left]);
  await claim(bob, [left, right], { wait: true });
  await claim(cy, [right], { wait: true });
  expect(await waitsOf(bob, cy)).toMatchObject([
    { instanceId: bob.instanceId, waitsFor: [{ instanceId: ada.instanceId, name: left, isHeld: true }] },
    { instanceId: cy.instanceId, waitsFor: [{ instanceId: bob.instanceId, name: right, isHeld: false }] },
  ]);
  await ada.ask({ action: "release" });
  expect(await waitsOf(bob, cy)).toMatchObject([{ waitsFor: [{ instanceId: bob.instanceId, isHeld: true }] }]);
});

it("[L1] has those who wait in their order, page by page, and five names of each", async () => {
  const [ada, bob, cy] = await three();
  const names = Array.from({ length: 7 }, (_, n) => name(`part-${n}`));
  await claim(ada, names);
  await claim(bob, names, { wait: true });
  await claim(cy, names.slice(0, 1), { wait: true });
  const [first, second] = await waitsOf(bob, cy);
  expect(first).toMatchObject({ instanceId: bob.instanceId, names: names.slice(0, 5), more: 2 });
  expect(second).toMatchObject({ instanceId: cy.instanceId, names: names.slice(0, 1) });
  expect(second).not.toHaveProperty("more");
  const one = await page("?limit=1");
  expect(one.items).toHaveLength(1);
  const rest = await page(`?cursor=${one.nextCursor}`);
  expect(rest.items).not.toContainEqual(one.items[0]);
  await ada.ask({ action: "release" });
  await bob.ask({ action: "release" });
});

it("[L1] ends a page early where more would be compared than holds nobody up, and goes on with the next", async () => {
  const [ada, bob, cy] = await three();
  const branch = `file:github.com/acme/${crypto.randomUUID()}:main`;
  await claim(ada, [`${branch}:dir-0/a.ts`]);
  await claim(
    bob,
    Array.from({ length: 100 }, (_, n) => `${branch}:dir-${n}/**`),
    { wait: true },
  );
  await claim(cy, [`${branch}:dir-0/a.ts`], { wait: true });
  const from = (await page("?limit=200")).items.findIndex(({ instanceId }) => instanceId === bob.instanceId);
  expect((await page()).items.slice(from).map(({ instanceId }) => instanceId)).toEqual([bob.instanceId, cy.instanceId]);
  // Each of these is compared with a hundred globs.
  await claim(
    ada,
    Array.from({ length: 1_000 }, (_, n) => `${branch}:other/${n}.ts`),
  );
  const cut = await page();
  expect(cut.items.at(-1)).toMatchObject({
    instanceId: bob.instanceId,
    waitsFor: [{ instanceId: ada.instanceId, name: `${branch}:dir-0/a.ts` }],
  });
  expect((await page(`?cursor=${cut.nextCursor}`)).items[0]).toMatchObject({ instanceId: cy.instanceId });
});

it("[L1] tells the stream when somebody begins to wait, takes it back, or goes; not when it asks for the same again", async () => {
  const [ada, bob] = await three();
  const [left, right] = [name("left"), name("right")];
  await claim(ada, [left, right]);
  await claim(bob, [left], { wait: true });
  await claim(bob, [left], { wait: true });
  await claim(bob, [right], { wait: true });
  await bob.ask({ action: "release", names: [left] });
  await bob.ask({ action: "release", names: [left] });
  await bob.close();
  expect(await call(`DELETE /api/instances/${encodeURIComponent(bob.instanceId)}`)).toMatchObject({ status: 200 });
  const waits = async () => (await storedEvents("claim:waiting", bob.instanceId)).map((event) => event.waits);
  await expect.poll(waits).toEqual([1, 2, 1, 0]);
});
