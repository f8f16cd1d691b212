import { expect, it } from "vitest";
import { type Label, type PlacedLabel, placeLabels } from "./labels.ts";

const VIEW = { left: 0, top: 0, right: 400, bottom: 300 };
const labelAt = (owner: string, x: number, y: number, isForced = false): Label<string> => ({
  owner,
  text: owner,
  spots: [{ x, y }],
  width: 60,
  isForced,
});
const owners = (labels: PlacedLabel<string>[]) => labels.map(({ owner }) => owner);

it("shows the more important of two that would cover each other, and both where they do not", () => {
  expect(owners(placeLabels([labelAt("a", 100, 100), labelAt("b", 130, 105)], [], VIEW))).toEqual(["a"]);
  expect(owners(placeLabels([labelAt("a", 100, 100), labelAt("b", 170, 105)], [], VIEW))).toEqual(["a", "b"]);
});

it("keeps off other nodes, but not off its own", () => {
  const obstacle = { left: 90, right: 110, top: 90, bottom: 110, owner: "a" };
  expect(owners(placeLabels([labelAt("a", 100, 100), labelAt("b", 100, 105)], [obstacle], VIEW))).toEqual(["a"]);
  expect(owners(placeLabels([labelAt("b", 100, 100)], [obstacle], VIEW))).toEqual([]);
});

it("leaves out what would be cut off, but for what is asked for", () => {
  expect(owners(placeLabels([labelAt("a", 10, 100), labelAt("b", 100, 295)], [], VIEW))).toEqual([]);
  expect(owners(placeLabels([labelAt("a", 10, 100, true)], [], VIEW))).toEqual(["a"]);
});

it("takes the next spot where the best is covered", () => {
  const second = {
    ...labelAt("b", 110, 100),
    spots: [
      { x: 110, y: 100 },
      { x: 110, y: 60 },
    ],
  };
  expect(placeLabels([labelAt("a", 100, 100), second], [], VIEW)[1]).toEqual({ owner: "b", text: "b", x: 110, y: 60 });
});
