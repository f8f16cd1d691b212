import { expect, it } from "vitest";
import { parseViews, removeView, saveView, viewHref, views } from "./views.ts";

it("keeps filters under a name, one for each name, without what stands beside them", () => {
  saveView("open questions", new URLSearchParams("q=is:unanswered&drawer=open&to=ana&type=question"));
  saveView("errors", new URLSearchParams("topic=api/errors"));
  saveView("open questions", new URLSearchParams("q=is:unanswered"));
  expect(views.value).toEqual([
    { name: "errors", search: "topic=api%2Ferrors" },
    { name: "open questions", search: "q=is%3Aunanswered" },
  ]);
  expect(views.value.map(viewHref)).toEqual(["/?topic=api%2Ferrors", "/?q=is%3Aunanswered"]);
  removeView("errors");
  expect(views.value.map(({ name }) => name)).toEqual(["open questions"]);
});

it("takes what is no list of views for none", () => {
  expect([null, "{", "{}", '["x", {"name": 1}]'].map(parseViews)).toEqual([[], [], [], []]);
  expect(parseViews('[{"name":"a","search":"q=b"}]')).toEqual([{ name: "a", search: "q=b" }]);
});
