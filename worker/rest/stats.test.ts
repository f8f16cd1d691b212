/** Counts and numbers over time by REST (section 7); how they are made is the journal's matter. */
import { describe, expect, it } from "vitest";
import type { StatsSeries, Traffic } from "../../shared/history.ts";
import { freshIds } from "../../test/helpers/workerd/hub.ts";
import { call, pathOf, problemWith } from "../../test/helpers/workerd/rest.ts";
import { TestClient } from "../../test/helpers/workerd/test-client.ts";

describe("GET /api/stats", () => {
  it("counts", async () => {
    const { a } = freshIds();
    await TestClient.connect(a);
    expect(await call("GET /api/stats")).toMatchObject({
      status: 200,
      body: { messagesToday: expect.any(Number), activeInstances: expect.any(Number), queuedTotal: expect.any(Number) },
    });
    expect((await call("GET /api/stats")).body).toMatchObject({ activeInstances: expect.toSatisfy((n) => n >= 1) });
  });
});

describe("GET /api/stats/series and GET /api/traffic", () => {
  it("tell what was just sent, of the last day by default", async () => {
    const { a, b } = freshIds();
    const alice = await TestClient.connect(a);
    await TestClient.connect(b, { isAcking: true });
    await alice.messages(b, ["one", "two"]);
    const series = async () => (await call(`GET /api/stats/series?instance=${pathOf(a)}`)).body as StatsSeries;
    await expect
      .poll(async () => (await series()).instances)
      .toEqual([
        { instanceId: a, sent: 2, received: 0 },
        { instanceId: b, sent: 0, received: 2 },
      ]);
    const { points, stepMs } = await series();
    expect([points.length <= 60, points.at(-1)?.types.task]).toEqual([true, 2]);
    expect(points.length * stepMs).toBeGreaterThanOrEqual(86_400_000);
    const delivered = ((await call(`GET /api/stats/series?instance=${pathOf(b)}&buckets=1`)).body as StatsSeries)
      .points;
    expect(delivered[0]?.delivery).toMatchObject({ count: 2, p95Ms: expect.any(Number) });
    expect(((await call("GET /api/traffic")).body as Traffic).edges).toContainEqual({ from: a, to: b, messages: 2 });
  });

  it("refuse spans that are none or too long, and what they cannot narrow to", async () => {
    for (const query of [
      "from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z",
      "from=2026-01-01T00:00:00Z&to=2026-02-02T00:00:00Z",
      "from=yesterday",
    ]) {
      expect(await call(`GET /api/stats/series?${query}`)).toMatchObject(problemWith(400, "invalid_payload"));
      expect(await call(`GET /api/traffic?${query}`)).toMatchObject(problemWith(400, "invalid_payload"));
    }
    expect(await call("GET /api/traffic?to=2026-11-31")).toMatchObject({
      status: 400,
      body: {
        error: expect.stringContaining("to: must be an ISO time such as 2026-11-29T12:00:00Z, or a day such as"),
      },
    });
    for (const query of ["buckets=0", "buckets=501", "type=letter", "instance=alice", "topic=API"]) {
      expect(await call(`GET /api/stats/series?${query}`)).toMatchObject(problemWith(400, "invalid_payload"));
    }
  });

  it("take a day as its first moment in UTC, as search does", async () => {
    const { body } = await call("GET /api/traffic?from=2026-11-28&to=2026-11-29");
    expect(body).toMatchObject({ from: "2026-11-28T00:00:00.000Z", to: "2026-11-29T00:00:00.000Z" });
  });
});
