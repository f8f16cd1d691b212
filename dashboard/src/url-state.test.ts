import { effect } from "@preact/signals";
import { expect, it } from "vitest";
import { makeAddressBar } from "./test-kit/stand-in-address-bar.ts";
import { createUrlState } from "./url-state.ts";

it("gives parameters as signals, and what is not there as nothing", () => {
  const url = createUrlState(makeAddressBar("/topics?topic=a%2Fb"));
  expect([url.path.value, url.param("topic").value, url.param("other").value]).toEqual(["/topics", "a/b", ""]);
});

it("makes a step that Back undoes for a choice, and none while somebody types", () => {
  const bar = makeAddressBar("/");
  const url = createUrlState(bar);
  url.set({ type: "task" }, "push");
  for (const q of ["h", "he", "hel"]) url.set({ q }, "replace");
  expect(bar.steps).toEqual(["/", "/?type=task&q=hel"]);
  bar.back();
  expect([url.param("type").value, url.param("q").value]).toEqual(["", ""]);
});

it("takes parameters away, and touches nothing when nothing changes", () => {
  const bar = makeAddressBar("/?q=x&type=task");
  const url = createUrlState(bar);
  url.set({ q: null }, "push");
  url.set({ q: "" }, "push");
  expect(bar.steps).toEqual(["/?q=x&type=task", "/?type=task"]);
});

it("tells only those whose parameter changed", () => {
  const url = createUrlState(makeAddressBar("/?type=task"));
  const heard: string[] = [];
  effect(() => void heard.push(url.param("type").value));
  url.set({ q: "x" }, "replace");
  url.navigate("/?type=result");
  expect(heard).toEqual(["task", "result"]);
});
