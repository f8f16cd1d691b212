import { expect, it } from "vitest";
import { readPins, writePins } from "./pins.ts";

function storageWith(text: string | null) {
  let kept = text;
  return {
    getItem: () => kept,
    setItem(_: string, value: string) {
      kept = value;
    },
  };
}

it("finds again what it wrote", () => {
  const storage = storageWith(null);
  expect(readPins(storage).size).toBe(0);
  writePins(storage, new Map([["alice@laptop:web/a", { x: 1.5, y: -20 }]]));
  expect(readPins(storage)).toEqual(new Map([["alice@laptop:web/a", { x: 1.5, y: -20 }]]));
});

it("takes what is no pin for none", () => {
  for (const text of ["{", "null", "{}", '[["a"],["b",{"x":"1","y":2}],["c",null],7]']) {
    expect(readPins(storageWith(text)).size).toBe(0);
  }
});

it("goes on without a storage that refuses", () => {
  const full = {
    getItem: () => null,
    setItem() {
      throw new Error("full");
    },
  };
  expect(() => writePins(full, new Map([["a", { x: 1, y: 1 }]]))).not.toThrow();
});
