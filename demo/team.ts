/** Who plays in the demo: one team, three machines, four projects. */
import { createHash } from "node:crypto";
import type { SeededRandom } from "../test/helpers/seeded-random.ts";

export const MEMBER_NAMES = ["shop", "checks", "pay", "audit", "find", "rank", "ship", "base", "guide"] as const;
export type MemberName = (typeof MEMBER_NAMES)[number];

interface Place {
  address: string;
  role: string;
  /** Besides the topic of its project. */
  topics: readonly string[];
}

const PLACES: Readonly<Record<MemberName, Place>> = {
  shop: { address: "ana@atlas:storefront", role: "storefront/frontend", topics: ["storefront/design", "releases"] },
  checks: { address: "ana@atlas:storefront", role: "storefront/e2e", topics: ["releases"] },
  pay: { address: "ben@orion:payments", role: "payments/api", topics: ["payments/incidents", "releases"] },
  audit: { address: "ben@orion:payments", role: "reviewer", topics: ["payments/incidents"] },
  find: { address: "chloe@vega:search", role: "search/indexing", topics: ["releases"] },
  rank: { address: "chloe@vega:search", role: "reviewer", topics: [] },
  ship: { address: "dev@orion:infra", role: "infra/release", topics: ["payments/incidents", "releases"] },
  base: { address: "dev@vega:infra", role: "infra/database", topics: ["payments/incidents"] },
  guide: { address: "mia@vega:storefront", role: "docs", topics: ["storefront/design", "releases"] },
};

export interface Person extends Place {
  name: MemberName;
  instanceId: string;
  /** C8: the same in every run, so that a later run may come back under the same ids. */
  identity: string;
}

/** The team under the session ids that the seed gives. */
export function gatherTeam(random: SeededRandom): Record<MemberName, Person> {
  const people = MEMBER_NAMES.map((name): [MemberName, Person] => {
    const instanceId = `${PLACES[name].address}/${makeUuid(random)}`;
    const identity = createHash("sha256").update(`cc2cc demo ${instanceId}`).digest("base64url");
    return [name, { ...PLACES[name], name, instanceId, identity }];
  });
  return Object.fromEntries(people) as Record<MemberName, Person>;
}

/** As Claude Code makes its session ids: version 4. */
function makeUuid(random: SeededRandom): string {
  const hex = Array.from({ length: 32 }, () => random.int(0, 15).toString(16)).join("");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
}
