import { expect, it } from "vitest";
import { fc } from "../test/helpers/property.ts";
import { chunk } from "./chunk.ts";

it("loses nothing, keeps the order, and keeps the bounds where an item alone does not break them", () => {
  const items = fc.array(fc.string({ maxLength: 20 }));
  fc.assert(
    fc.property(items, fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 30 }), (list, maxCount, maxLength) => {
      const pieces = chunk(list, { maxCount, maxLength, lengthOf: ({ length }) => length });
      expect(pieces.flat()).toEqual(list);
      for (const piece of pieces) {
        expect(piece.length).toBeGreaterThan(0);
        expect(piece.length).toBeLessThanOrEqual(maxCount);
        if (piece.length > 1) expect(piece.join("").length).toBeLessThanOrEqual(maxLength);
      }
    }),
  );
});
