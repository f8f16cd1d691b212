import { expect, it } from "vitest";
import { Camera } from "./camera.ts";

function cameraOf(width: number, height: number): Camera {
  const camera = new Camera();
  camera.resize(width, height, 2);
  return camera;
}

it("brings all of a large graph into view, in the middle, with a margin", () => {
  const camera = cameraOf(1_000, 500);
  camera.fit({ left: -1_000, right: 3_000, top: 0, bottom: 400 });
  const middle = camera.toLayout({ x: 500, y: 250 });
  expect([Math.round(middle.x), Math.round(middle.y)]).toEqual([1_000, 200]);
  const [first, last] = [camera.toLayout({ x: 48, y: 0 }), camera.toLayout({ x: 952, y: 0 })];
  expect([Math.round(first.x), Math.round(last.x)]).toEqual([-1_000, 3_000]);
});

it("does not inflate a small one, and shows nothing of none", () => {
  const camera = cameraOf(1_000, 500);
  expect(camera.fit({ left: -5, right: 5, top: -5, bottom: 5 })?.k).toBe(1.25);
  expect(camera.fit(undefined)).toBeUndefined();
  expect(cameraOf(0, 0).fit({ left: -5, right: 5, top: -5, bottom: 5 })).toBeUndefined();
});
