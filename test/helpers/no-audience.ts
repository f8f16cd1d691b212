import { copyIdOf } from "../../plugin/src/hub/copy-id.ts";

/** Who is there for replies to be matched with: nobody. */
export const NO_AUDIENCE = {
  copyIdOf,
  find: async () => undefined,
  currentId: async () => undefined,
  isKnown: async () => false,
  subscribersOf: async () => [],
  ownerOf: async () => undefined,
};
